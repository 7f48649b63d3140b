import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import type { ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import * as ResilientHttpClient from "@resync/resilience/ResilientHttpClient"
import { Clock, Context, DateTime, Effect, Equal, Layer, Redacted, Schedule, Schema, Semaphore } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
import { isSqlError } from "effect/sql/SqlError"
import * as client from "openid-client"
import { Audit } from "../audit/Audit.ts"
import type { AuditDraft } from "../audit/AuditEntry.ts"
import { type IdentityUnavailable, OidcFailed } from "../IdentityError.ts"
import * as accountsOf from "../internal/accounts.ts"
import { freshMillis } from "../internal/lifting.ts"
import { recorded } from "../internal/recorded.ts"
import type { Account } from "../internal/rows.ts"
import * as Secrets from "../internal/Secrets.ts"
import { later, now, stored, unavailable } from "../internal/stored.ts"
import { UserId } from "../model/Ids.ts"
import type { Role } from "../model/Role.ts"
import { keyOf } from "../model/UserName.ts"
import { PrincipalCache } from "../sessions/PrincipalCache.ts"
import type { Origin } from "../sessions/Sessions.ts"
import { type SignedIn, SignIn } from "../signin/SignIn.ts"
import { authenticatedAt, methodsOf, nameOf, rolesOf } from "./claims.ts"
import type { OidcOptions } from "./OidcOptions.ts"
import * as policyFetch from "./policyFetch.ts"

/** The policy around calls to the provider, changeable while it runs under the name `oidc`. */
export const oidcPolicy = {
  deadline: "15 seconds",
  retry: { maxAttempts: 3, baseDelay: "200 millis", maxDelay: "2 seconds", jitter: "full" },
  retryBudget: {},
  circuitBreaker: { trip: consecutiveFailures(5), waitDurationInOpenState: "30 seconds" },
  bulkhead: { maxConcurrentCalls: 8, maxQueuedCalls: 64, maxWaitDuration: "5 seconds" },
  attemptTimeout: "5 seconds"
} as const satisfies ResiliencePolicyOptionsInput

/** How long somebody may take at the provider. */
const loginMillis = 600_000

/** How long the provider's configuration is believed. */
const configurationMillis = 3_600_000

const Login = Schema.Struct({
  nonce: Schema.String,
  verifier: Schema.String,
  returnTo: Schema.String,
  fresh: Schema.Boolean
})

const failed = (reason: OidcFailed["reason"], detail: string) => new OidcFailed({ reason, detail })

/** A page of this service, and nothing that a browser would take for another one. */
const safePath = (path: string | undefined): string =>
  path !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : "/"

/** What the library says went wrong. */
const said = (cause: unknown): OidcFailed => {
  if (cause instanceof client.AuthorizationResponseError)
    return failed("refused", `the provider answered ${cause.error}`)
  if (cause instanceof client.ResponseBodyError) return failed("refused", `the provider answered ${cause.error}`)
  // The library wraps what a fetch throws.
  if (cause instanceof Error && cause.cause instanceof policyFetch.EndpointRefused) {
    return failed("invalid-answer", "the provider's configuration names an address that may not be called")
  }
  if (cause instanceof Error && cause.cause instanceof policyFetch.AnswerTooLarge) {
    return failed("invalid-answer", "the provider's answer is too long")
  }
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return /^OAUTH_/.test(code)
    ? failed("invalid-answer", `the provider's answer does not hold (${code})`)
    : failed("unavailable", "the provider cannot be reached")
}

/** Sign-in at an OpenID provider: authorization code with PKCE, state and nonce. */
export class Oidc extends Context.Service<
  Oidc,
  {
    /** Whether there is a provider. */
    readonly configured: boolean
    /** Where to send the browser, and the state to bind to it; `fresh` has the provider ask anew who it is. */
    readonly start: (
      returnTo: string | undefined,
      fresh?: boolean
    ) => Effect.Effect<{ readonly url: URL; readonly state: string }, OidcFailed | IdentityUnavailable>
    /** What the browser came back with, and the state that was bound to it. Begins a session in a cookie. */
    readonly finish: (options: {
      readonly query: URLSearchParams
      readonly state: string | undefined
      readonly origin: Origin
    }) => Effect.Effect<{ readonly signedIn: SignedIn; readonly returnTo: string }, OidcFailed | IdentityUnavailable>
    /** Deletes what nobody came back from; it is done every ten minutes. */
    readonly sweep: Effect.Effect<void, IdentityUnavailable>
  }
>()("@resync/identity/Oidc") {
  /** No provider. */
  static readonly layerNone = Layer.succeed(Oidc, {
    configured: false,
    start: () => Effect.fail(failed("not-configured", "no OpenID provider is set")),
    finish: () => Effect.fail(failed("not-configured", "no OpenID provider is set")),
    sweep: Effect.void
  })

  /** Fails to build only when another policy is registered under the name `oidc`. */
  static readonly layer = (options: OidcOptions) =>
    Layer.effect(
      Oidc,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const accounts = accountsOf.make(sql)
        const signIns = yield* SignIn
        const audit = yield* Audit
        const cache = yield* PrincipalCache
        const random = yield* SecureRandom.SecureRandom
        const policy = yield* (yield* ResiliencePolicyRegistry).register("oidc", oidcPolicy)
        const http = (yield* HttpClient.HttpClient).pipe(ResilientHttpClient.withPolicy(policy))
        const fetching = policyFetch.make(http, yield* Effect.context<never>())
        const gate = yield* Semaphore.make(1)
        const issuer = options.issuer.href.replace(/\/$/, "")
        let known: { readonly configuration: client.Configuration; readonly until: number } | undefined

        const discover = Effect.tryPromise({
          try: () =>
            client.discovery(options.issuer, options.clientId, Redacted.value(options.clientSecret), undefined, {
              [client.customFetch]: fetching,
              // Only to a provider on this machine.
              ...(policyFetch.isLoopback(options.issuer) ? { execute: [client.allowInsecureRequests] } : {})
            }),
          catch: said
        })

        const configured = Effect.gen(function* () {
          const millis = yield* Clock.currentTimeMillis
          if (known !== undefined && known.until > millis) return known.configuration
          const configuration = yield* discover
          known = { configuration, until: millis + configurationMillis }
          return configuration
        }).pipe(gate.withPermit)

        const start: Oidc["Service"]["start"] = Effect.fn("Oidc.start")(function* (returnTo, fresh = false) {
          const configuration = yield* configured
          const [state, nonce] = [yield* Secrets.token(), yield* Secrets.token()]
          const verifier = client.randomPKCECodeVerifier()
          const challenge = yield* Effect.promise(() => client.calculatePKCECodeChallenge(verifier))
          const expiresAt = later(yield* now, loginMillis)
          yield* stored(sql`INSERT INTO identity_oidc_logins (state_hash, nonce, verifier, return_to, fresh, expires_at)
            VALUES (${Secrets.hash(state)}, ${nonce}, ${verifier}, ${safePath(returnTo)}, ${fresh}, ${expiresAt})`)
          const url = client.buildAuthorizationUrl(configuration, {
            redirect_uri: options.redirectUrl.href,
            scope: `openid ${options.scope ?? "profile email"}`,
            code_challenge: challenge,
            code_challenge_method: "S256",
            state,
            nonce,
            ...(fresh ? { prompt: "login", max_age: "0" } : {})
          })
          return { url, state }
        })

        /** Takes what was kept of the beginning, once. */
        const take = Effect.fnUntraced(function* (state: string) {
          const [row] = yield* stored(sql`DELETE FROM identity_oidc_logins
            WHERE state_hash = ${Secrets.hash(state)} AND expires_at > ${yield* now}
            RETURNING nonce, verifier, return_to AS "returnTo", fresh`)
          if (row === undefined) return yield* failed("state", "this sign-in was not begun here, is done or is too old")
          return yield* Effect.orDie(Schema.decodeUnknownEffect(Login)(row))
        })

        const append = (drafts: ReadonlyArray<AuditDraft>) => Effect.catch(audit.append(drafts), unavailable)

        /** What somebody does to their own account by what the provider says. */
        const told = (action: "user.create" | "user.update", id: UserId, name: string, origin: Origin) => ({
          action,
          actor: { id, kind: "user", name },
          target: { kind: "user", id, name },
          source: origin,
          detail: { issuer }
        })

        /** Somebody who has signed in before, with the roles that the provider says now. */
        const updated = Effect.fnUntraced(function* (user: Account, roles: ReadonlyArray<Role>, origin: Origin) {
          const { id, name } = user
          if (Equal.equals(roles, user.roles)) return id
          const give = (roles: ReadonlyArray<Role>) =>
            Effect.ensuring(
              sql`UPDATE identity_users SET roles = ${roles} WHERE id = ${id}`,
              Effect.sync(() => cache.forgetUser(id))
            )
          yield* recorded(
            append,
            { ...told("user.update", id, name, origin), before: { name, roles: user.roles } },
            give(roles),
            { after: () => ({ name, roles }), undo: () => give(user.roles) }
          )
          return id
        })

        const created = Effect.fnUntraced(function* (
          subject: string,
          name: string,
          roles: ReadonlyArray<Role>,
          origin: Origin
        ) {
          const id = UserId.make(yield* random.uuidV7())
          const at = yield* now
          yield* recorded(
            append,
            told("user.create", id, name, origin),
            sql`INSERT INTO identity_users (id, name, name_key, roles, oidc_issuer, oidc_subject, created_at)
              VALUES (${id}, ${name}, ${keyOf(name)}, ${roles}, ${issuer}, ${subject}, ${at})`.pipe(
              // Somebody here has the name; that a provider uses it too does not make them one.
              Effect.catchIf(
                (error) => isSqlError(error) && error.reason._tag === "UniqueViolation",
                () => failed("name-taken", `another user is called ${name}`)
              )
            ),
            {
              after: () => ({ name, roles }),
              undo: () => sql`DELETE FROM identity_users WHERE id = ${id}`
            }
          )
          return id
        })

        /** The user of a subject: made at the first sign-in, and given the roles that the provider says each time. */
        const userOf = Effect.fnUntraced(function* (
          subject: string,
          claims: Readonly<Record<string, unknown>>,
          roles: ReadonlyArray<Role>,
          origin: Origin
        ) {
          const found = yield* accounts.bySubject(issuer, subject)
          if (found !== undefined) return yield* updated(found, roles, origin)
          return yield* Effect.catchTag(
            created(subject, nameOf(claims, subject), roles, origin),
            "OidcFailed",
            Effect.fnUntraced(function* (taken) {
              const other = yield* accounts.bySubject(issuer, subject)
              // By themselves, in another window.
              return other === undefined ? yield* taken : yield* updated(other, roles, origin)
            })
          )
        }, stored)

        const finish: Oidc["Service"]["finish"] = Effect.fn("Oidc.finish")(function* ({ origin, query, state }) {
          const given = query.get("state")
          if (state === undefined || given === null || !Secrets.equal(state, given)) {
            return yield* failed("state", "this sign-in was not begun in this browser")
          }
          const { fresh, nonce, returnTo, verifier } = yield* take(given)
          const configuration = yield* configured
          const url = new URL(`${options.redirectUrl.href}?${query}`)
          const tokens = yield* Effect.tryPromise({
            try: () =>
              client.authorizationCodeGrant(configuration, url, {
                pkceCodeVerifier: verifier,
                expectedState: given,
                expectedNonce: nonce,
                idTokenExpected: true,
                // The provider must say then when it asked, which is looked at.
                ...(fresh ? { maxAge: freshMillis / 1_000 } : {})
              }),
            catch: said
          })
          const claims = tokens.claims()
          if (claims === undefined) return yield* failed("invalid-answer", "the provider named nobody")
          const roles = rolesOf(claims, options.roleClaim ?? "groups", options.roles)
          if (roles.length === 0) return yield* failed("no-role", "the provider gives no role that counts here")
          const userId = yield* userOf(claims.sub, claims, roles, origin)
          const signedIn = yield* signIns
            .admit({
              userId,
              methods: methodsOf(claims),
              kind: "cookie",
              origin,
              authenticatedAt: authenticatedAt(claims, yield* now)
            })
            .pipe(Effect.catchTag("InvalidCredentials", () => failed("disabled", "the user is disabled")))
          return { signedIn, returnTo }
        })

        const sweep = Effect.flatMap(DateTime.now, (at) =>
          stored(sql`DELETE FROM identity_oidc_logins WHERE expires_at < ${DateTime.toDateUtc(at)}`)
        ).pipe(Effect.asVoid)

        yield* sweep.pipe(
          Effect.catchCause((cause) =>
            Effect.logWarning("Sign-ins that nobody came back from could not be swept", cause)
          ),
          Effect.schedule(Schedule.spaced(loginMillis)),
          Effect.forkScoped
        )

        return Oidc.of({ configured: true, start, finish, sweep })
      })
    ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
