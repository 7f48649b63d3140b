import { assert, describe, it, layer } from "@effect/vitest"
import { ApiKeys } from "@resync/identity/apikeys/ApiKeys"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditUnavailable } from "@resync/identity/audit/AuditError"
import * as Identity from "@resync/identity/Identity"
import { Mfa } from "@resync/identity/mfa/Mfa"
import * as Totp from "@resync/identity/mfa/Totp"
import { SessionId } from "@resync/identity/model/Ids"
import { Passwords } from "@resync/identity/passwords/Passwords"
import { AccessTokens } from "@resync/identity/sessions/AccessTokens"
import { PrincipalCache } from "@resync/identity/sessions/PrincipalCache"
import { Principals } from "@resync/identity/sessions/Principals"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { SigningKeys } from "@resync/identity/sessions/SigningKeys"
import { SignIn } from "@resync/identity/signin/SignIn"
import * as FirstAdmin from "@resync/identity/users/FirstAdmin"
import { Users } from "@resync/identity/users/Users"
import { Clock, Duration, Effect, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { argon2, identity, member, nameOf, origin, password, principalOf, signIn, stores } from "./TestIdentity.ts"

const wrong = Redacted.make("not the password")

/** The code an authenticator app shows now. */
const codeOf = (secret: Redacted.Redacted) =>
  Effect.map(Clock.currentTimeMillis, (millis) => Totp.code(base32(Redacted.value(secret)), Totp.stepAt(millis)))

const base32 = (text: string) => {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("")
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

for (const store of stores) {
  describe.skipIf(store.skip)(`on the ${store.engine} store`, () => {
    layer(identity(store), { timeout: "60 seconds" })("a user", (it) => {
      it.effect("signs in once with a one-time password, and then has to choose one", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const { oneTimePassword, user } = yield* users.create({
            name: yield* nameOf("Ana"),
            roles: ["viewer"],
            scopes: []
          })
          assert.isTrue(user.mustChangePassword)
          const first = yield* signIn("ana", oneTimePassword)
          assert.strictEqual(first.restriction, "password-change")
          const principal = yield* principalOf(first)
          assert.strictEqual(principal.restriction, "password-change")
          const signIns = yield* SignIn
          const weak = yield* Effect.flip(
            signIns.changePassword(principal, { current: oneTimePassword, next: Redacted.make("short") })
          )
          assert.strictEqual(weak._tag, "PasswordRefused")
          yield* signIns.changePassword(principal, { current: oneTimePassword, next: password })
          assert.isUndefined((yield* principalOf(first)).restriction)
          assert.strictEqual((yield* Effect.flip(signIn("ana", oneTimePassword)))._tag, "InvalidCredentials")
          assert.isUndefined((yield* signIn("ANA")).restriction)
        })
      )

      it.effect("has a one-time password for a day only", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const { oneTimePassword } = yield* users.create({ name: yield* nameOf("late"), roles: [], scopes: [] })
          yield* TestClock.adjust("24 hours")
          assert.strictEqual((yield* Effect.flip(signIn("late", oneTimePassword)))._tag, "InvalidCredentials")
        })
      )

      it.effect("has a name that differs from all others in more than case and form", () =>
        Effect.gen(function* () {
          const users = yield* Users
          yield* member("Straße")
          for (const name of ["STRASSE", "straße", "Ｓtrasse"]) {
            const error = yield* Effect.flip(users.create({ name: yield* nameOf(name), roles: [], scopes: [] }))
            assert.strictEqual(error._tag, "UserNameTaken")
          }
          assert.strictEqual((yield* signIn("strasse")).user.name, "Straße")
        })
      )

      it.effect("who does not exist, is disabled or types another password gets one and the same answer", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const { id } = yield* member("Disabled")
          yield* users.disable(id)
          yield* member("Enabled")
          const from = { ...origin, address: "192.0.2.77" }
          const answers = [
            yield* Effect.flip(signIn("nobody", password, from)),
            yield* Effect.flip(signIn("disabled", password, from)),
            yield* Effect.flip(signIn("enabled", wrong, from))
          ]
          // Whom it was about is for the audit trail and no part of what is answered.
          assert.deepStrictEqual(
            answers.map(({ _tag, message }) => ({ _tag, message })),
            Array.from({ length: 3 }, () => ({ _tag: "InvalidCredentials", message: answers[0]?.message }))
          )
        })
      )

      it.effect("whose roles change or who is disabled is seen so in sessions that are under way", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const { id } = yield* member("changing", ["operator"])
          const session = yield* signIn("changing")
          assert.isTrue((yield* principalOf(session)).permissions.has("jobs:hold"))
          yield* users.update(id, { roles: ["viewer"], scopes: [{ workstation: "CPU*" }] })
          const weaker = yield* principalOf(session)
          assert.isFalse(weaker.permissions.has("jobs:hold"))
          assert.deepStrictEqual(weaker.scopes, [{ workstation: "CPU*" }])
          yield* users.disable(id)
          const error = yield* Effect.flip(principalOf(session))
          assert.deepInclude(error, { _tag: "CredentialRejected", reason: "revoked" })
          yield* users.enable(id)
          assert.isTrue((yield* Effect.exit(principalOf(session)))._tag === "Failure")
          yield* signIn("changing")
        })
      )

      it.effect("is not taken away when nobody else could administer", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const boss = yield* member("boss", ["admin"])
          for (const attempt of [
            users.disable(boss.id),
            users.remove(boss.id),
            users.update(boss.id, { roles: ["viewer"] })
          ]) {
            assert.strictEqual((yield* Effect.flip(attempt))._tag, "LastAdmin")
          }
          const second = yield* member("second", ["admin"])
          yield* users.remove(boss.id)
          assert.strictEqual((yield* Effect.flip(users.get(boss.id)))._tag, "UserNotFound")
          assert.strictEqual((yield* Effect.flip(users.disable(second.id)))._tag, "LastAdmin")
        })
      )

      it.effect("is listed by name, page by page", () =>
        Effect.gen(function* () {
          const users = yield* Users
          const all = yield* users.list({ limit: 1000 })
          const paged: Array<string> = []
          let after: string | undefined
          do {
            const page = yield* users.list({ limit: 2, after })
            paged.push(...page.items.map(({ name }) => name))
            after = page.next
          } while (after !== undefined)
          assert.deepStrictEqual(
            paged,
            all.items.map(({ name }) => name)
          )
          assert.isAbove(paged.length, 4)
        })
      )
    })

    layer(identity(store), { timeout: "60 seconds" })("guessing", (it) => {
      it.effect("waits longer each time, whether the user exists or not, and never for good", () =>
        Effect.gen(function* () {
          yield* member("victim")
          yield* TestClock.adjust("31 days")
          for (const name of ["victim", "nobody"]) {
            const from = { ...origin, address: `198.51.100.${name.length}` }
            const seen: Array<string> = []
            for (let i = 0; i < 7; i++) {
              seen.push((yield* Effect.flip(signIn(name, wrong, from)))._tag)
            }
            assert.deepStrictEqual(
              seen,
              [...Array(5).fill("InvalidCredentials"), "TooManyAttempts", "TooManyAttempts"],
              name
            )
          }
          const locked = yield* Effect.flip(signIn("victim"))
          assert.strictEqual(locked._tag, "TooManyAttempts")
          yield* TestClock.adjust("15 minutes")
          yield* signIn("victim")
        })
      )

      it.effect("from elsewhere does not keep out who has signed in from here before", () =>
        Effect.gen(function* () {
          yield* member("home")
          const far = { ...origin, address: "203.0.113.9" }
          for (let i = 0; i < 6; i++) yield* Effect.exit(signIn("home", wrong, far))
          assert.strictEqual((yield* Effect.flip(signIn("home", password, far)))._tag, "TooManyAttempts")
          yield* signIn("home")
        })
      )

      it.effect("at the same time is counted before any of it is answered", () =>
        Effect.gen(function* () {
          yield* member("parallel")
          const from = { ...origin, address: "203.0.113.10" }
          const answers = yield* Effect.all(
            Array.from({ length: 20 }, () => Effect.flip(signIn("parallel", wrong, from))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(answers.filter(({ _tag }) => _tag === "InvalidCredentials").length, 5)
        })
      )

      it.effect("from one address waits over all names", () =>
        Effect.gen(function* () {
          const from = { ...origin, address: "203.0.113.11" }
          const seen: Array<string> = []
          for (let i = 0; i < 22; i++) seen.push((yield* Effect.flip(signIn(`name${i}`, wrong, from)))._tag)
          assert.deepStrictEqual(seen.slice(18), [
            "InvalidCredentials",
            "InvalidCredentials",
            "TooManyAttempts",
            "TooManyAttempts"
          ])
        })
      )
    })

    layer(identity(store), { timeout: "60 seconds" })("a session", (it) => {
      it.effect("goes on by refresh tokens, each used once", () =>
        Effect.gen(function* () {
          yield* member("refresher")
          const signIns = yield* SignIn
          const first = yield* signIn("refresher")
          const second = yield* signIns.refresh(first.secret)
          assert.strictEqual(second.session.id, first.session.id)
          // A lost answer: taken once more within the grace.
          const again = yield* signIns.refresh(first.secret)
          yield* signIns.refresh(again.secret)
          const reused = yield* Effect.flip(signIns.refresh(first.secret))
          assert.strictEqual(reused._tag, "RefreshTokenReused")
          assert.deepInclude(yield* Effect.flip(signIns.refresh(second.secret)), { reason: "revoked" })
          assert.deepInclude(yield* Effect.flip(principalOf(first)), { reason: "revoked" })
        })
      )

      it.effect("ends when a refresh token comes again after the grace", () =>
        Effect.gen(function* () {
          yield* member("slow")
          const signIns = yield* SignIn
          const first = yield* signIn("slow")
          const second = yield* signIns.refresh(first.secret)
          yield* TestClock.adjust("11 seconds")
          assert.strictEqual((yield* Effect.flip(signIns.refresh(first.secret)))._tag, "RefreshTokenReused")
          assert.deepInclude(yield* Effect.flip(signIns.refresh(second.secret)), { reason: "revoked" })
        })
      )

      it.effect("survives two refreshes at the same moment", () =>
        Effect.gen(function* () {
          yield* member("tabs")
          const signIns = yield* SignIn
          const first = yield* signIn("tabs")
          const both = yield* Effect.all([signIns.refresh(first.secret), signIns.refresh(first.secret)], {
            concurrency: "unbounded"
          })
          yield* signIns.refresh(both[0].secret)
          yield* signIns.refresh(both[1].secret)
        })
      )

      it.effect("has short access tokens, and an end", () =>
        Effect.gen(function* () {
          yield* member("short")
          const signIns = yield* SignIn
          let signedIn = yield* signIn("short")
          yield* principalOf(signedIn)
          yield* TestClock.adjust("10 minutes")
          assert.deepInclude(yield* Effect.flip(principalOf(signedIn)), { reason: "expired" })
          for (let hour = 0; hour < 11; hour++) {
            yield* TestClock.adjust("1 hour")
            signedIn = yield* signIns.refresh(signedIn.secret)
          }
          yield* TestClock.adjust("50 minutes")
          assert.deepInclude(yield* Effect.flip(signIns.refresh(signedIn.secret)), { reason: "expired" })
        })
      )

      it.effect("of a cookie ends when it is idle", () =>
        Effect.gen(function* () {
          yield* member("browser")
          const signIns = yield* SignIn
          const principals = yield* Principals
          const { secret } = yield* signIns.withPassword({ name: "browser", password, kind: "cookie", origin })
          const cookie = Redacted.value(secret)
          for (let i = 0; i < 3; i++) {
            yield* TestClock.adjust("50 minutes")
            assert.strictEqual((yield* principals.resolve("cookie", cookie)).name, "browser")
          }
          yield* TestClock.adjust("61 minutes")
          assert.deepInclude(yield* Effect.flip(principals.resolve("cookie", cookie)), { reason: "expired" })
          assert.deepInclude(yield* Effect.flip(principals.resolve("cookie", "x".repeat(43))), { reason: "invalid" })
          assert.strictEqual((yield* Effect.flip(principals.resolve("token", cookie)))._tag, "CredentialRejected")
        })
      )

      it.effect("is listed and ended, by its user only", () =>
        Effect.gen(function* () {
          const sessions = yield* Sessions
          const owner = yield* member("owner")
          const other = yield* member("other")
          const phone = yield* signIn("owner", password, { address: "192.0.2.9", userAgent: "phone" })
          assert.deepInclude((yield* sessions.list(owner.id))[0], { id: phone.session.id, userAgent: "phone" })
          assert.strictEqual((yield* Effect.flip(sessions.revoke(phone.session.id, other.id)))._tag, "SessionNotFound")
          yield* principalOf(phone)
          yield* sessions.revoke(phone.session.id, owner.id)
          assert.deepInclude(yield* Effect.flip(principalOf(phone)), { reason: "revoked" })
          assert.isFalse((yield* sessions.list(owner.id)).some(({ id }) => id === phone.session.id))
        })
      )

      it.effect("that another process ended is refused here a few seconds later", () =>
        Effect.gen(function* () {
          yield* member("remote")
          const sql = yield* SqlClient.SqlClient
          const { access, session } = yield* signIn("remote")
          yield* principalOf({ access })
          yield* sql`UPDATE identity_sessions SET revoked_at = now() WHERE id = ${session.id}`
          yield* principalOf({ access })
          yield* TestClock.adjust("5 seconds")
          assert.deepInclude(yield* Effect.flip(principalOf({ access })), { reason: "revoked" })
        })
      )

      it.effect("is asked for again without being seen, and not found once it has ended", () =>
        Effect.gen(function* () {
          const user = yield* member("listens")
          const sql = yield* SqlClient.SqlClient
          const [principals, sessions, users] = [yield* Principals, yield* Sessions, yield* Users]
          const signedIn = yield* signIn("listens")
          const principal = yield* principalOf(signedIn)
          const lastSeen = Effect.map(
            sql`SELECT last_seen_at FROM identity_sessions WHERE id = ${signedIn.session.id}`,
            ([row]) => row?.["last_seen_at"]
          )
          const seen = yield* lastSeen
          yield* TestClock.adjust("2 minutes")
          assert.deepStrictEqual(yield* principals.again(principal), principal)
          assert.deepStrictEqual(yield* lastSeen, seen)
          yield* users.update(user.id, { roles: ["viewer"] })
          assert.deepStrictEqual((yield* principals.again(principal)).roles, ["viewer"])
          yield* sessions.revoke(SessionId.make(signedIn.session.id))
          assert.deepInclude(yield* Effect.flip(principals.again(principal)), { reason: "revoked" })

          const keys = yield* ApiKeys
          const { apiKey, secret } = yield* keys.create(yield* principalOf(yield* signIn("listens")), {
            name: "machine",
            permissions: ["tws:read"],
            scopes: [],
            lifetime: Duration.days(1)
          })
          const machine = yield* principals.resolve("apiKey", Redacted.value(secret))
          assert.deepStrictEqual(yield* principals.again(machine), machine)
          yield* keys.revoke(apiKey.id, user.id)
          assert.deepInclude(yield* Effect.flip(principals.again(machine)), { reason: "revoked" })
        })
      )

      it.effect("costs no query between two readings", () =>
        Effect.gen(function* () {
          yield* member("cheap")
          const principals = yield* Principals
          const { access } = yield* signIn("cheap")
          assert.isUndefined(principals.peek("token", access.token, yield* Clock.currentTimeMillis))
          yield* principalOf({ access })
          const now = yield* Clock.currentTimeMillis
          assert.strictEqual(principals.peek("token", access.token, now)?.name, "cheap")
          assert.isUndefined(principals.peek("cookie", access.token, now))
          assert.isUndefined(principals.peek("token", access.token, now + 5_000))
        })
      )
    })

    layer(identity(store), { timeout: "60 seconds" })("access tokens", (it) => {
      it.effect("are signed by keys that change, and hold for as long as they should", () =>
        Effect.gen(function* () {
          const keys = yield* SigningKeys
          const tokens = yield* AccessTokens
          yield* member("signed")
          const { access } = yield* signIn("signed")
          yield* TestClock.adjust("30 days")
          const { access: later } = yield* signIn("signed")
          assert.lengthOf(yield* keys.published, 2)
          assert.strictEqual((yield* tokens.verify(later.token)).amr[0], "pwd")
          assert.deepInclude(yield* Effect.flip(tokens.verify(access.token)), { reason: "expired" })
          yield* TestClock.adjust("25 hours")
          yield* keys.sweep
          assert.lengthOf(yield* keys.published, 1)
        })
      )

      it.effect("hold for nobody when they were made, changed or signed otherwise", () =>
        Effect.gen(function* () {
          const tokens = yield* AccessTokens
          yield* member("forger")
          const { access } = yield* signIn("forger")
          const [header = "", body = "", signature = ""] = access.token.split(".")
          const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
          const claims = JSON.parse(Buffer.from(body, "base64url").toString())
          const forged = [
            `${header}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
            `${encode({ alg: "none" })}.${body}.`,
            `${encode({ alg: "none", typ: "at+jwt", kid: JSON.parse(Buffer.from(header, "base64url").toString()).kid })}.${body}.`,
            `${header}.${body}.${"A".repeat(86)}`,
            `${encode({ alg: "EdDSA", kid: "nowhere", typ: "at+jwt" })}.${body}.${signature}`,
            "x",
            "a.b.c",
            ""
          ]
          for (const token of forged) {
            assert.deepInclude(yield* Effect.flip(tokens.verify(token)), { reason: "invalid" }, token)
          }
          yield* tokens.verify(access.token)
        })
      )
    })

    layer(identity(store, { mfaRoles: ["admin"] }), { timeout: "60 seconds" })("a second factor", (it) => {
      const enrol = Effect.fnUntraced(function* (name: string) {
        // Until then the code of the time before the epoch would count as used.
        yield* TestClock.adjust("1 minute")
        const user = yield* member(name)
        const signedIn = yield* signIn(name)
        const signIns = yield* SignIn
        const { qrCode, secret } = yield* signIns.enrollMfa(yield* principalOf(signedIn), password)
        assert.include(Redacted.value(qrCode), "<svg")
        const codes = yield* signIns.confirmMfa(yield* principalOf(signedIn), yield* codeOf(secret))
        yield* TestClock.adjust("1 minute")
        return { user, signedIn, secret, codes }
      })

      it.effect("is begun by the password, whatever the session", () =>
        Effect.gen(function* () {
          yield* member("first")
          const principal = yield* principalOf(yield* signIn("first"))
          const signIns = yield* SignIn
          const without = yield* Effect.flip(signIns.enrollMfa(principal, undefined))
          assert.deepInclude(without, { _tag: "NotFresh", by: "password" })
          const seen: Array<string> = []
          for (let i = 0; i < 6; i++) {
            seen.push((yield* Effect.flip(signIns.enrollMfa(principal, Redacted.make(`guess ${i}`))))._tag)
          }
          assert.deepStrictEqual(seen, [...Array(5).fill("InvalidCredentials"), "TooManyAttempts"])
          yield* TestClock.adjust("1 hour")
          yield* signIns.enrollMfa(principal, password)
          yield* enrol("second")
          const enrolled = yield* Effect.flip(signIns.enrollMfa(yield* principalOf(yield* signIn("second")), password))
          // What is enrolled is shown first; only then there is nothing to enrol.
          assert.strictEqual(enrolled._tag, "NotYet")
        })
      )

      it.effect("has to be shown at each sign-in once it is enrolled", () =>
        Effect.gen(function* () {
          const { secret, signedIn } = yield* enrol("twice")
          assert.isTrue((yield* principalOf(signedIn)).mfa)
          const signIns = yield* SignIn
          const next = yield* signIn("twice")
          assert.strictEqual(next.restriction, "mfa")
          const restricted = yield* principalOf(next)
          const change = yield* Effect.flip(
            signIns.changePassword(restricted, { current: password, next: Redacted.make("another long password") })
          )
          assert.strictEqual(change._tag, "NotYet")
          const code = yield* codeOf(secret)
          assert.strictEqual((yield* Effect.flip(signIns.verifyMfa(restricted, "000000")))._tag, "CodeRefused")
          const done = yield* signIns.verifyMfa(restricted, code)
          assert.isUndefined(done.restriction)
          assert.deepStrictEqual(done.session.methods, ["pwd", "otp"])
          assert.isUndefined((yield* principalOf(next)).restriction)
          const third = yield* signIn("twice")
          const replayed = yield* Effect.flip(signIns.verifyMfa(yield* principalOf(third), code))
          assert.strictEqual(replayed._tag, "CodeRefused")
        })
      )

      it.effect("leaves a session that does not show it little time", () =>
        Effect.gen(function* () {
          yield* enrol("hesitant")
          const signIns = yield* SignIn
          const next = yield* signIn("hesitant")
          yield* TestClock.adjust("15 minutes")
          assert.deepInclude(yield* Effect.flip(signIns.refresh(next.secret)), { reason: "expired" })
        })
      )

      it.effect("can be replaced by each of ten recovery codes, once", () =>
        Effect.gen(function* () {
          const { codes, user } = yield* enrol("lost")
          assert.lengthOf(codes, 10)
          const mfa = yield* Mfa
          const code = Redacted.value(codes[3] ?? Redacted.make(""))
          const both = yield* Effect.all(
            [Effect.exit(mfa.verify(user.id, code)), Effect.exit(mfa.verify(user.id, code))],
            {
              concurrency: "unbounded"
            }
          )
          assert.strictEqual(both.filter(({ _tag }) => _tag === "Success").length, 1)
          const renewed = yield* mfa.renewRecoveryCodes(user.id, Redacted.value(codes[4] ?? Redacted.make("")))
          assert.strictEqual(
            (yield* Effect.flip(mfa.verify(user.id, Redacted.value(codes[5] ?? Redacted.make("")))))._tag,
            "CodeRefused"
          )
          assert.strictEqual(
            yield* mfa.verify(user.id, Redacted.value(renewed[0] ?? Redacted.make("")).toLowerCase()),
            "recovery"
          )
        })
      )

      it.effect("cannot be guessed", () =>
        Effect.gen(function* () {
          const { user } = yield* enrol("guessed")
          const mfa = yield* Mfa
          const seen: Array<string> = []
          for (let i = 0; i < 7; i++) seen.push((yield* Effect.flip(mfa.verify(user.id, `00000${i}`)))._tag)
          assert.deepStrictEqual(seen.slice(4), ["CodeRefused", "TooManyAttempts", "TooManyAttempts"])
        })
      )

      it.effect("is demanded of the roles that need it, and cannot be taken away there", () =>
        Effect.gen(function* () {
          const { secret, user } = yield* enrol("promoted")
          const users = yield* Users
          const mfa = yield* Mfa
          yield* users.update(user.id, { roles: ["admin"] })
          assert.deepInclude(yield* Effect.flip(mfa.disable(user.id, yield* codeOf(secret))), { reason: "required" })
          yield* users.update(user.id, { roles: ["operator", "admin"] })
          yield* users.resetMfa(user.id)
          assert.strictEqual((yield* signIn("promoted")).restriction, "mfa-enrolment")
        })
      )

      it.effect("can be taken away by a code where no role needs it", () =>
        Effect.gen(function* () {
          const { secret, user } = yield* enrol("free")
          const mfa = yield* Mfa
          assert.strictEqual((yield* Effect.flip(mfa.disable(user.id, "123456")))._tag, "CodeRefused")
          yield* mfa.disable(user.id, yield* codeOf(secret))
          assert.isUndefined((yield* signIn("free")).restriction)
        })
      )

      it.effect("is kept so that the store alone does not give it away", () =>
        Effect.gen(function* () {
          const { secret, user } = yield* enrol("sealed")
          const sql = yield* SqlClient.SqlClient
          const [row] = yield* sql`SELECT row_to_json(u)::text AS text FROM identity_users u WHERE id = ${user.id}`
          const text = String(row?.["text"])
          assert.notInclude(text, Redacted.value(secret))
          assert.notInclude(text, Buffer.from(base32(Redacted.value(secret))).toString("base64url"))
        })
      )
    })

    layer(identity(store), { timeout: "60 seconds" })("an API key", (it) => {
      const lifetime = "1 day"

      it.effect("can do what it was given, where it was given it, and no more than its owner", () =>
        Effect.gen(function* () {
          const keys = yield* ApiKeys
          const principals = yield* Principals
          const users = yield* Users
          const owner = yield* member("machinist", ["operator"])
          const principal = yield* principalOf(yield* signIn("machinist"))
          const tooMuch = yield* Effect.flip(
            keys.create(principal, { name: "x", permissions: ["users:write"], scopes: [], lifetime })
          )
          assert.strictEqual(tooMuch._tag, "PermissionNotHeld")
          const { apiKey, secret } = yield* keys.create(principal, {
            name: "night batch",
            permissions: ["tws:read", "jobs:rerun"],
            scopes: [{ workstation: "NIGHT*" }],
            lifetime
          })
          assert.isNull(apiKey.lastUsedAt)
          const resolve = principals.resolve("apiKey", Redacted.value(secret))
          const machine = yield* resolve
          assert.deepInclude(machine, { kind: "api-key", name: "night batch", ownerId: owner.id })
          assert.deepStrictEqual([...machine.permissions], ["tws:read", "jobs:rerun"])
          assert.isNotNull((yield* keys.list(owner.id))[0]?.lastUsedAt)
          yield* users.update(owner.id, { roles: ["viewer"] })
          assert.deepStrictEqual([...(yield* resolve).permissions], ["tws:read"])
          yield* users.update(owner.id, { scopes: [{ workstation: "NIGHT1*" }] })
          const nowhere = yield* resolve
          assert.strictEqual(nowhere.permissions.size, 0)
          yield* users.update(owner.id, { scopes: [{ workstation: "N*" }] })
          assert.deepStrictEqual((yield* resolve).scopes, [{ workstation: "NIGHT*" }])
          yield* users.disable(owner.id)
          assert.deepInclude(yield* Effect.flip(resolve), { reason: "revoked" })
        })
      )

      it.effect("ends by time and by hand", () =>
        Effect.gen(function* () {
          const keys = yield* ApiKeys
          const principals = yield* Principals
          yield* member("owner2")
          const principal = yield* principalOf(yield* signIn("owner2"))
          const make = keys.create(principal, { name: "k", permissions: ["tws:read"], scopes: [], lifetime })
          const first = yield* make
          const resolve = (key: typeof first) => principals.resolve("apiKey", Redacted.value(key.secret))
          yield* resolve(first)
          yield* keys.revoke(first.apiKey.id)
          assert.deepInclude(yield* Effect.flip(resolve(first)), { reason: "revoked" })
          const second = yield* make
          yield* resolve(second)
          yield* TestClock.adjust("1 day")
          assert.deepInclude(yield* Effect.flip(resolve(second)), { reason: "expired" })
        })
      )

      it.effect("is kept as a hash, and holds only whole", () =>
        Effect.gen(function* () {
          const keys = yield* ApiKeys
          const sql = yield* SqlClient.SqlClient
          yield* member("owner3")
          const principal = yield* principalOf(yield* signIn("owner3"))
          const { secret } = yield* keys.create(principal, { name: "k", permissions: [], scopes: [], lifetime })
          const text = Redacted.value(secret)
          const rows = yield* sql`SELECT row_to_json(k)::text AS text FROM identity_api_keys k`
          for (const row of rows) assert.notInclude(String(row["text"]), text.slice(15))
          for (const other of [
            `${text}x`,
            text.slice(0, -1),
            `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`,
            "rsk_",
            ""
          ]) {
            assert.deepInclude(yield* Effect.flip(keys.find(other)), { reason: "invalid" })
          }
        })
      )
    })

    layer(identity(store), { timeout: "60 seconds" })("the first administrator", (it) => {
      it.effect("gets a one-time password at each start until the first sign-in", () =>
        Effect.gen(function* () {
          const first = yield* FirstAdmin.ensure()
          const second = yield* FirstAdmin.ensure()
          if (first === undefined || second === undefined) return yield* Effect.die("no password")
          assert.strictEqual((yield* Effect.flip(signIn("admin", first.oneTimePassword)))._tag, "InvalidCredentials")
          const signedIn = yield* signIn("admin", second.oneTimePassword)
          assert.strictEqual(signedIn.restriction, "password-change")
          assert.isUndefined(yield* FirstAdmin.ensure())
        })
      )
    })

    it.effect("the first administrator is made by the service, in the audit trail or not at all", () =>
      Effect.gen(function* () {
        const audit = yield* Audit
        const users = yield* Users
        const away = Effect.fail(new AuditUnavailable({ detail: "away" }))
        for (const phase of ["intent", "outcome"]) {
          const error = yield* FirstAdmin.ensure().pipe(
            Effect.provideService(Audit, {
              ...audit,
              append: (drafts) => (drafts.some((draft) => draft.phase === phase) ? away : audit.append(drafts))
            }),
            Effect.flip
          )
          assert.strictEqual(error._tag, "AuditUnavailable")
          assert.deepStrictEqual((yield* users.list({ limit: 10 })).items, [])
        }
        yield* FirstAdmin.ensure()
        yield* FirstAdmin.ensure()
        const { items } = yield* audit.entries()
        assert.deepStrictEqual(
          items.map(({ action, actor, outcome, target }) => [action, actor.kind, target?.name, outcome]).reverse(),
          [
            // Of the one whose outcome could not be written.
            ["user.create", "service", "admin", undefined],
            ["user.create", "service", "admin", undefined],
            ["user.create", "service", "admin", "done"],
            ["user.reset-password", "service", "admin", undefined],
            ["user.reset-password", "service", "admin", "done"]
          ]
        )
        assert.notInclude(JSON.stringify(items), 'assword":')
      }).pipe(Effect.provide(Layer.merge(identity(store), Logger.layer([]))))
    )

    it.effect("hashes of weaker parameters are made anew at sign-in", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const user = yield* member("rehashed")
        const old = yield* Effect.provide(
          Effect.flatMap(Passwords, (weaker) => weaker.hash(password)),
          Passwords.layer({ ...argon2, memory: 32 })
        )
        yield* sql`UPDATE identity_users SET password_hash = ${old} WHERE id = ${user.id}`
        yield* signIn("rehashed")
        const [row] = yield* sql`SELECT password_hash AS hash FROM identity_users WHERE id = ${user.id}`
        assert.include(String(row?.["hash"]), "m=64,")
        yield* signIn("rehashed")
      }).pipe(Effect.provide(identity(store)))
    )

    it.effect("two processes trust each other's tokens, with one secret or two", () =>
      Effect.gen(function* () {
        yield* member("roaming")
        const { access, session } = yield* signIn("roaming")
        const sql = yield* SqlClient.SqlClient
        const elsewhere = (secret: string) =>
          Effect.gen(function* () {
            const tokens = yield* AccessTokens
            const { sub } = yield* tokens.verify(access.token)
            const issued = yield* tokens.issue({
              id: session.id,
              userId: sub,
              methods: ["pwd"],
              authenticatedAt: 0,
              expiresAt: 1e9
            })
            return issued.token
          }).pipe(
            Effect.provide(
              Identity.layerWithoutSweeping({ secret: Redacted.make(secret), argon2 }).pipe(
                Layer.provide(Layer.succeed(SqlClient.SqlClient, sql))
              )
            )
          )
        const tokens = yield* AccessTokens
        for (const secret of ["an installation's secret", "another secret"]) {
          const token = yield* elsewhere(secret)
          yield* TestClock.adjust("5 seconds")
          yield* tokens.verify(token)
        }
      }).pipe(Effect.provide(identity(store)))
    )
  })
}

it.effect("what was forgotten while it was being read is not remembered", () =>
  Effect.gen(function* () {
    const cache = yield* PrincipalCache
    const epoch = cache.epoch()
    cache.forgetUser("1")
    const principal = {
      kind: "user",
      id: "1",
      name: "x",
      roles: [],
      permissions: new Set<never>(),
      scopes: [],
      mfa: false
    } as const
    cache.set("s", { principal, userId: "1", freshUntil: 1, expiresAt: 1 }, epoch)
    assert.isUndefined(cache.get("s"))
  }).pipe(Effect.provide(PrincipalCache.layer))
)
