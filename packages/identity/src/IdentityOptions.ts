import { Context, Duration as D, type Duration, Layer, type Redacted } from "effect"
import type { Role } from "./model/Role.ts"

/** How sign-ins, keys and second factors are kept. */
export interface IdentityOptionsInput {
  /** Seals what has to be read again from the store: private signing keys and secrets of second factors. */
  readonly secret: Redacted.Redacted
  /** Names this installation in access tokens and to authenticator apps, default `resync`. */
  readonly issuer?: string | undefined
  /** How long an access token is good for, default 10 minutes. */
  readonly accessTokenLifetime?: Duration.Input | undefined
  /** How long a sign-in is good for, whatever happens, default 12 hours. */
  readonly sessionLifetime?: Duration.Input | undefined
  /** How long a session in a browser may be idle, default 1 hour. */
  readonly sessionIdle?: Duration.Input | undefined
  /** How long somebody may take for the second factor or a new password, default 15 minutes. */
  readonly restrictedLifetime?: Duration.Input | undefined
  /** How long a used refresh token is taken again as long as what came of it is unused, default 10 seconds. */
  readonly refreshGrace?: Duration.Input | undefined
  /** How long a signing key signs, default 30 days. */
  readonly keyRotation?: Duration.Input | undefined
  /** How long a one-time password is good for, default 24 hours. */
  readonly oneTimePasswordLifetime?: Duration.Input | undefined
  /** How late other processes see that a session was ended or a role changed, default 5 seconds. This one sees it at once. */
  readonly staleness?: Duration.Input | undefined
  /** Roles that need a second factor, default none. */
  readonly mfaRoles?: ReadonlyArray<Role> | undefined
}

const millis = (given: Duration.Input | undefined, fallback: Duration.Input) =>
  D.toMillis(D.fromInputUnsafe(given ?? fallback))

/** The options with their defaults; times in milliseconds. */
export class IdentityOptions extends Context.Service<
  IdentityOptions,
  {
    readonly secret: Redacted.Redacted
    readonly issuer: string
    readonly accessTokenLifetime: number
    readonly sessionLifetime: number
    readonly sessionIdle: number
    readonly restrictedLifetime: number
    readonly refreshGrace: number
    readonly keyRotation: number
    readonly oneTimePasswordLifetime: number
    readonly staleness: number
    readonly mfaRoles: ReadonlySet<Role>
  }
>()("@resync/identity/IdentityOptions") {
  static readonly layer = (options: IdentityOptionsInput): Layer.Layer<IdentityOptions> =>
    Layer.succeed(IdentityOptions, {
      secret: options.secret,
      issuer: options.issuer ?? "resync",
      accessTokenLifetime: millis(options.accessTokenLifetime, "10 minutes"),
      sessionLifetime: millis(options.sessionLifetime, "12 hours"),
      sessionIdle: millis(options.sessionIdle, "1 hour"),
      restrictedLifetime: millis(options.restrictedLifetime, "15 minutes"),
      refreshGrace: millis(options.refreshGrace, "10 seconds"),
      keyRotation: millis(options.keyRotation, "30 days"),
      oneTimePasswordLifetime: millis(options.oneTimePasswordLifetime, "24 hours"),
      staleness: millis(options.staleness, "5 seconds"),
      mfaRoles: new Set(options.mfaRoles)
    })
}
