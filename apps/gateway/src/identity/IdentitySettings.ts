import * as Identity from "@resync/identity/Identity"
import { Oidc } from "@resync/identity/oidc/Oidc"
import { RoleMapping } from "@resync/identity/oidc/OidcOptions"
import * as BreachedPasswords from "@resync/identity/passwords/BreachedPasswords"
import { secretOf } from "@resync/identity/SecretKey"
import * as OutgoingUrl from "@resync/resilience/OutgoingUrl"
import { StartError } from "@resync/service/StartError"
import * as Variable from "@resync/service/Variable"
import { Config, Effect, Layer, Option, Schema, SchemaGetter } from "effect"
import { SecurityConfig } from "../security/SecurityConfig.ts"

const secretKey = Config.option(
  Config.schema(Schema.Redacted(Schema.String.check(Schema.isMinLength(32))), "RESYNC_SECRET_KEY")
)
const dataDir = Config.String("RESYNC_DATA_DIR").pipe(Config.withDefault("./.resync"))

/** The services of identity, as the environment sets them. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { accessTokenLifetime, breachedPasswords, mfaRoles, sessionIdle, sessionLifetime } = yield* SecurityConfig
    const secret = yield* secretKey
    if (Option.isSome(breachedPasswords)) {
      yield* Effect.mapError(
        BreachedPasswords.check(breachedPasswords.value),
        ({ message }) => new StartError({ message: `RESYNC_BREACHED_PASSWORDS_FILE: ${message}` })
      )
    }
    return Identity.layer({
      secret: Option.isSome(secret) ? secret.value : yield* secretOf(yield* dataDir),
      accessTokenLifetime,
      sessionIdle,
      sessionLifetime,
      mfaRoles,
      breachedPasswords: Option.getOrUndefined(breachedPasswords)
    })
  })
)

const roles = Config.schema(
  Schema.String.pipe(
    Schema.decodeTo(Schema.NonEmptyArray(RoleMapping), {
      decode: SchemaGetter.transform((text: string) => {
        const pairs = text.split(",").map((pair) => {
          const at = pair.lastIndexOf("=")
          return { value: pair.slice(0, at).trim(), role: pair.slice(at + 1).trim() }
        })
        // Read as what they should be, and checked by the schema that follows.
        return pairs as unknown as readonly [typeof RoleMapping.Encoded, ...Array<typeof RoleMapping.Encoded>]
      }),
      encode: SchemaGetter.transform((mappings) => mappings.map(({ role, value }) => `${value}=${role}`).join(","))
    })
  ),
  "RESYNC_OIDC_ROLES"
)

/** Which provider the environment names. */
export const oidc = Config.all({
  issuer: Config.option(Config.schema(OutgoingUrl.fromString, "RESYNC_OIDC_ISSUER")),
  clientId: Config.option(Config.NonEmptyString("RESYNC_OIDC_CLIENT_ID")),
  clientSecret: Config.option(Config.Redacted("RESYNC_OIDC_CLIENT_SECRET")),
  redirectUrl: Config.option(Config.schema(OutgoingUrl.fromString, "RESYNC_OIDC_REDIRECT_URL")),
  scope: Config.NonEmptyString("RESYNC_OIDC_SCOPE").pipe(Config.withDefault("profile email")),
  roleClaim: Variable.text("RESYNC_OIDC_ROLE_CLAIM").pipe(Config.withDefault("groups"))
})

/** The OpenID provider that the environment names, or none. */
export const oidcLayer = Layer.unwrap(
  Effect.gen(function* () {
    const { clientId, clientSecret, issuer, redirectUrl, ...options } = yield* oidc
    if (Option.isNone(issuer)) return Oidc.layerNone
    const needed = <A>(value: Option.Option<A>, name: string) =>
      Option.isSome(value)
        ? Effect.succeed(value.value)
        : Effect.fail(new StartError({ message: `${name}: it goes with RESYNC_OIDC_ISSUER` }))
    return Oidc.layer({
      issuer: issuer.value,
      clientId: yield* needed(clientId, "RESYNC_OIDC_CLIENT_ID"),
      clientSecret: yield* needed(clientSecret, "RESYNC_OIDC_CLIENT_SECRET"),
      redirectUrl: yield* needed(redirectUrl, "RESYNC_OIDC_REDIRECT_URL"),
      roles: yield* roles,
      ...options
    })
  })
)
