import { type Redacted, Schema } from "effect"
import { Role } from "../model/Role.ts"

/** Which roles a value of the provider's claim gives; `*` stands for whoever the provider signs in. */
export const RoleMapping = Schema.Struct({ value: Schema.NonEmptyString, role: Role })
export interface RoleMapping extends Schema.Schema.Type<typeof RoleMapping> {}

/** An OpenID provider to sign in at. */
export interface OidcOptions {
  /** What the provider calls itself; its configuration is at `/.well-known/openid-configuration` below. */
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  /** Where the provider sends people back to: this service's `/api/v1/auth/oidc/callback`, as browsers see it. */
  readonly redirectUrl: URL
  /** Asked for beside `openid`, default `profile email`. */
  readonly scope?: string | undefined
  /** The claim with groups or roles, default `groups`; a dot goes into an object. */
  readonly roleClaim?: string | undefined
  /** Which groups are which roles. Who has none of them does not get in. */
  readonly roles: ReadonlyArray<RoleMapping>
}
