import { Clock, Context, DateTime, Effect, Layer, Schema } from "effect"
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose"
import { CredentialRejected, type IdentityUnavailable } from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import { SessionId, UserId } from "../model/Ids.ts"
import { AuthenticationMethod } from "../model/Session.ts"
import { SigningKeys } from "./SigningKeys.ts"

/** For whom the tokens are: this service and nobody else. */
export const audience = "resync"

const type = "at+jwt"
const algorithm = "EdDSA"

/** What an access token says. Roles are not in it: they may change while it is good. */
export const Claims = Schema.Struct({
  sub: UserId,
  sid: SessionId,
  /** Seconds since the epoch. */
  exp: Schema.Int,
  iat: Schema.Int,
  auth_time: Schema.Int,
  amr: Schema.Array(AuthenticationMethod)
})
export interface Claims extends Schema.Schema.Type<typeof Claims> {}

export interface IssuedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const decodeClaims = Schema.decodeUnknownEffect(Claims)

const rejected = (cause: unknown) =>
  new CredentialRejected({ reason: cause instanceof errors.JWTExpired ? "expired" : "invalid" })

const headerOf = (token: string) =>
  Effect.try({ try: () => decodeProtectedHeader(token), catch: () => new CredentialRejected({ reason: "invalid" }) })

/** Signed, short-lived tokens that say which session a request belongs to. */
export class AccessTokens extends Context.Service<
  AccessTokens,
  {
    readonly issue: (session: {
      readonly id: SessionId
      readonly userId: UserId
      readonly methods: ReadonlyArray<AuthenticationMethod>
      readonly authenticatedAt: number
      readonly expiresAt: number
    }) => Effect.Effect<IssuedToken, IdentityUnavailable>
    /** Whether the token was signed here, for us, and is not expired. Whether its session goes on is another question. */
    readonly verify: (token: string) => Effect.Effect<Claims, CredentialRejected | IdentityUnavailable>
  }
>()("@resync/identity/AccessTokens") {
  static readonly layer: Layer.Layer<AccessTokens, never, SigningKeys | IdentityOptions> = Layer.effect(
    AccessTokens,
    Effect.gen(function* () {
      const keys = yield* SigningKeys
      const { accessTokenLifetime, issuer } = yield* IdentityOptions

      const issue: AccessTokens["Service"]["issue"] = Effect.fn("AccessTokens.issue")(function* (session) {
        const { kid, privateKey } = yield* keys.current
        const millis = yield* Clock.currentTimeMillis
        const iat = Math.floor(millis / 1_000)
        const exp = Math.floor(Math.min(millis + accessTokenLifetime, session.expiresAt) / 1_000)
        const claims = { sid: session.id, amr: session.methods, auth_time: Math.floor(session.authenticatedAt / 1_000) }
        const token = yield* Effect.promise(() =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: algorithm, kid, typ: type })
            .setSubject(session.userId)
            .setIssuer(issuer)
            .setAudience(audience)
            .setIssuedAt(iat)
            .setExpirationTime(exp)
            .sign(privateKey)
        )
        return { token, expiresAt: exp * 1_000 }
      })

      const verify: AccessTokens["Service"]["verify"] = Effect.fnUntraced(function* (token) {
        const { kid } = yield* headerOf(token)
        const key = kid === undefined ? undefined : yield* keys.find(kid)
        if (key === undefined) return yield* new CredentialRejected({ reason: "invalid" })
        const currentDate = DateTime.toDateUtc(yield* DateTime.now)
        const { payload } = yield* Effect.tryPromise({
          try: () => jwtVerify(token, key, { issuer, audience, algorithms: [algorithm], typ: type, currentDate }),
          catch: rejected
        })
        return yield* Effect.mapError(decodeClaims(payload), rejected)
      })

      return AccessTokens.of({ issue, verify })
    })
  )
}
