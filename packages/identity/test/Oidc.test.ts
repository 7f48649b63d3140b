import { createServer } from "node:http"
import { assert, layer } from "@effect/vitest"
import { Audit } from "@resync/identity/audit/Audit"
import { OidcFailed } from "@resync/identity/IdentityError"
import { authenticatedAt, methodsOf, nameOf, rolesOf } from "@resync/identity/oidc/claims"
import { Oidc } from "@resync/identity/oidc/Oidc"
import { Principals } from "@resync/identity/sessions/Principals"
import { type SignedIn, SignIn, type UserPrincipal } from "@resync/identity/signin/SignIn"
import * as Resilience from "@resync/resilience/Resilience"
import { Context, Effect, Layer, Logger, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
// @ts-expect-error The package has no types.
import Provider from "oidc-provider"
import { identity, member, origin, stores } from "./TestIdentity.ts"

const redirectUrl = "http://127.0.0.1:9/api/v1/auth/oidc/callback"

/** A real provider on this machine. Whoever comes is signed in as the account that the test has chosen. */
class TestProvider extends Context.Service<
  TestProvider,
  { readonly issuer: URL; account: { id: string; claims: Record<string, unknown> } }
>()("test/TestProvider") {
  static readonly layer = Layer.effect(
    TestProvider,
    Effect.acquireRelease(
      Effect.callback<TestProvider["Service"] & { close: () => void }>((resume) => {
        const server = createServer()
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const issuer = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
          const state = {
            issuer: new URL(issuer),
            account: { id: "nobody", claims: {} as Record<string, unknown> },
            close: () => server.close().closeAllConnections()
          }
          const provider = new Provider(issuer, {
            clients: [{ client_id: "resync", client_secret: "a client's secret", redirect_uris: [redirectUrl] }],
            claims: { openid: ["sub"], profile: ["preferred_username", "groups", "amr"] },
            conformIdTokenClaims: false,
            features: { devInteractions: { enabled: false } },
            interactions: { url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
            findAccount: (_: unknown, id: string) => ({
              accountId: id,
              claims: () => ({ sub: id, ...state.account.claims })
            }),
            loadExistingGrant: (ctx: {
              oidc: {
                client: { clientId: string }
                session: { accountId: string }
                provider: {
                  Grant: new (of: object) => { addOIDCScope: (scope: string) => void; save: () => Promise<unknown> }
                }
              }
            }) => {
              const grant = new ctx.oidc.provider.Grant({
                clientId: ctx.oidc.client.clientId,
                accountId: ctx.oidc.session.accountId
              })
              grant.addOIDCScope("openid profile email")
              return grant.save().then(() => grant)
            }
          })
          const callback = provider.callback()
          server.on("request", (request, response) => {
            if (request.url?.startsWith("/interaction/") === true) {
              void provider.interactionFinished(request, response, { login: { accountId: state.account.id } })
            } else {
              void callback(request, response)
            }
          })
          resume(Effect.succeed(state))
        })
      }),
      ({ close }) => Effect.sync(close)
    )
  )
}

/** What a browser does: follows the provider with its cookies until it is sent back. */
const browse = (start: URL) =>
  Effect.promise(async () => {
    const jar = new Map<string, string>()
    let url = start.href
    for (let i = 0; i < 10; i++) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const response = await fetch(url, { redirect: "manual", headers: { cookie } })
      await response.arrayBuffer()
      for (const set of response.headers.getSetCookie()) {
        const [pair = ""] = set.split(";")
        jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1))
      }
      url = new URL(response.headers.get("location") ?? "", url).href
      if (url.startsWith(redirectUrl)) return new URL(url).searchParams
    }
    throw new Error("the provider never sent anybody back")
  })

const [store] = stores
if (store === undefined) throw new Error("no store")

const oidc = Layer.unwrap(
  Effect.map(TestProvider, ({ issuer }) =>
    Oidc.layer({
      issuer,
      clientId: "resync",
      clientSecret: Redacted.make("a client's secret"),
      redirectUrl: new URL(redirectUrl),
      roles: [
        { value: "night-shift", role: "operator" },
        { value: "chiefs", role: "admin" }
      ]
    })
  )
).pipe(
  Layer.provideMerge(TestProvider.layer),
  Layer.provideMerge(identity(store)),
  Layer.provide([Resilience.layer(), FetchHttpClient.layer])
)

const signIn = Effect.fnUntraced(function* (
  id: string,
  claims: Record<string, unknown>,
  returnTo?: string,
  fresh?: boolean
) {
  const provider = yield* TestProvider
  provider.account = { id, claims }
  const service = yield* Oidc
  const { state, url } = yield* service.start(returnTo, fresh)
  const query = yield* browse(url)
  return { url, query, state, finish: service.finish({ query, state, origin }) }
})

layer(oidc, { timeout: "60 seconds", excludeTestServices: true })("sign-in at a provider", (it) => {
  it.effect("makes one user of who signs in for the first time in several windows at once", () =>
    Effect.gen(function* () {
      const windows = yield* Effect.forEach([1, 2, 3, 4], () =>
        signIn("sub-windows", { preferred_username: "Fensterle", groups: ["night-shift"] })
      )
      const ended = yield* Effect.forEach(windows, ({ finish }) => finish, { concurrency: "unbounded" })
      assert.strictEqual(new Set(ended.map(({ signedIn }) => signedIn.user.id)).size, 1)
    })
  )

  it.effect("makes a user at the first time, and gives the roles that the provider says each time", () =>
    Effect.gen(function* () {
      const first = yield* signIn("sub-1", { preferred_username: "Ölga", groups: ["night-shift", "x"] }, "/jobs?a=1")
      const { returnTo, signedIn } = yield* first.finish
      assert.strictEqual(returnTo, "/jobs?a=1")
      assert.deepInclude(signedIn.user, { name: "Ölga", roles: ["operator"], external: true })
      const principals = yield* Principals
      const principal = yield* principals.resolve("cookie", Redacted.value(signedIn.secret))
      assert.isTrue(principal.permissions.has("jobs:hold"))
      const second = yield* (yield* signIn("sub-1", { preferred_username: "Ölga", groups: ["chiefs"] })).finish
      assert.strictEqual(second.signedIn.user.id, signedIn.user.id)
      assert.deepStrictEqual(second.signedIn.user.roles, ["admin"])
      assert.strictEqual(second.returnTo, "/")
    })
  )

  it.effect("writes down whom it makes and whom it gives other roles, or does neither", () =>
    Effect.gen(function* () {
      const audit = yield* Audit
      const sql = yield* SqlClient.SqlClient
      const enter = (groups: ReadonlyArray<string>) =>
        Effect.flatMap(signIn("sub-9", { preferred_username: "Ines", groups }), ({ finish }) => finish)
      const found = Effect.map(
        sql<{ readonly roles: ReadonlyArray<string> }>`SELECT roles FROM identity_users WHERE name = 'Ines'`,
        (rows) => rows.map(({ roles }) => roles)
      )
      const away = Effect.fnUntraced(function* (groups: ReadonlyArray<string>) {
        yield* sql`ALTER TABLE audit_entries RENAME TO gone`
        assert.strictEqual((yield* Effect.flip(enter(groups)))._tag, "IdentityUnavailable")
        yield* sql`ALTER TABLE gone RENAME TO audit_entries`
        return yield* found
      })
      assert.deepStrictEqual(yield* away(["night-shift"]), [])
      const { signedIn } = yield* enter(["night-shift"])
      yield* enter(["night-shift"])
      assert.deepStrictEqual(yield* away(["chiefs"]), [["operator"]])
      yield* enter(["chiefs"])
      const { id } = signedIn.user
      const { items } = yield* audit.entries({ targetId: id })
      assert.deepStrictEqual(items.map(({ action, after, outcome }) => [action, outcome, after]).reverse(), [
        ["user.create", undefined, undefined],
        ["user.create", "done", { name: "Ines", roles: ["operator"] }],
        ["user.update", undefined, undefined],
        ["user.update", "done", { name: "Ines", roles: ["admin"] }]
      ])
      assert.deepInclude(items[0], { actor: { id, kind: "user", name: "Ines" }, source: origin })
      const { issuer } = yield* TestProvider
      assert.deepStrictEqual(items[0]?.detail, { issuer: issuer.href.replace(/\/$/, "") })
    }).pipe(Effect.provide(Logger.layer([])))
  )

  const reason = (effect: Effect.Effect<unknown, unknown>) =>
    Effect.map(Effect.flip(effect), (error) => (error instanceof OidcFailed ? error.reason : "another"))

  it.effect("is for those who have a role, and takes nobody's name over", () =>
    Effect.gen(function* () {
      yield* member("local")
      const stranger = yield* signIn("sub-2", { preferred_username: "stranger", groups: ["others"] })
      assert.strictEqual(yield* reason(stranger.finish), "no-role")
      const impostor = yield* signIn("sub-3", { preferred_username: "LOCAL", groups: ["chiefs"] })
      assert.strictEqual(yield* reason(impostor.finish), "name-taken")
    })
  )

  it.effect("is taken once, and only in the browser that began it", () =>
    Effect.gen(function* () {
      const service = yield* Oidc
      const { finish, query, state } = yield* signIn("sub-4", { preferred_username: "once", groups: ["night-shift"] })
      assert.strictEqual(yield* reason(service.finish({ query, state: undefined, origin })), "state")
      assert.strictEqual(yield* reason(service.finish({ query, state: `${state}x`, origin })), "state")
      yield* finish
      assert.strictEqual(yield* reason(service.finish({ query, state, origin })), "state")
      const changed = yield* signIn("sub-4", { preferred_username: "once", groups: ["night-shift"] })
      changed.query.set("code", "another")
      assert.strictEqual(yield* reason(changed.finish), "refused")
    })
  )

  it.effect("leads back to pages of this service only", () =>
    Effect.gen(function* () {
      for (const path of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x"]) {
        const { finish } = yield* signIn("sub-5", { preferred_username: "back", groups: ["night-shift"] }, path)
        assert.strictEqual((yield* finish).returnTo, "/", path)
      }
    })
  )

  it.effect("is asked for anew before a first second factor, where it is older than five minutes", () =>
    Effect.gen(function* () {
      const signIns = yield* SignIn
      const principals = yield* Principals
      const sql = yield* SqlClient.SqlClient
      const enrollAs = ({ secret }: SignedIn) =>
        Effect.flatMap(principals.resolve("cookie", Redacted.value(secret)), (principal) =>
          signIns.enrollMfa(principal as UserPrincipal, Redacted.make("a password that nobody has"))
        )
      const claims = { preferred_username: "guest", groups: ["night-shift"] }
      const { signedIn } = yield* (yield* signIn("sub-6", claims)).finish
      yield* sql`UPDATE identity_sessions SET authenticated_at = now() - interval '6 minutes'
        WHERE id = ${signedIn.session.id}`
      const refused = yield* Effect.flip(enrollAs(signedIn))
      assert.deepInclude(refused, { _tag: "NotFresh", by: "oidc" })
      const again = yield* signIn("sub-6", claims, "/", true)
      assert.strictEqual(again.url.searchParams.get("prompt"), "login")
      assert.strictEqual(again.url.searchParams.get("max_age"), "0")
      const enrolment = yield* enrollAs((yield* again.finish).signedIn)
      assert.include(Redacted.value(enrolment.uri), "otpauth://")
    })
  )

  it("reads when somebody was asked, and believes no future", () => {
    const now = new Date(1_700_000_000_000)
    assert.deepStrictEqual(authenticatedAt({ auth_time: 1_699_999_000 }, now), new Date(1_699_999_000_000))
    for (const time of [1_700_000_001, -1, Number.NaN, "1699999000", undefined]) {
      assert.deepStrictEqual(authenticatedAt({ auth_time: time }, now), now, String(time))
    }
  })

  it("reads claims as they come", () => {
    const mapping = [{ value: "*", role: "viewer" } as const, { value: "ops", role: "operator" } as const]
    assert.deepStrictEqual(rolesOf({ realm_access: { roles: ["ops"] } }, "realm_access.roles", mapping), [
      "viewer",
      "operator"
    ])
    assert.deepStrictEqual(rolesOf({ groups: "ops" }, "groups", mapping.slice(1)), ["operator"])
    assert.deepStrictEqual(rolesOf({}, "__proto__.polluted", mapping.slice(1)), [])
    assert.strictEqual(nameOf({ preferred_username: "<x>", email: "a@b.example" }, "s"), "a@b.example")
    assert.deepStrictEqual(methodsOf({ amr: ["pwd", "otp"] }), ["oidc", "mfa"])
    assert.deepStrictEqual(methodsOf({ amr: ["pwd"] }), ["oidc"])
  })
})
