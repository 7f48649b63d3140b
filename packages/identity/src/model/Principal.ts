import { Schema } from "effect"
import * as Permission from "./Permission.ts"
import type { Role } from "./Role.ts"
import type * as Scope from "./Scope.ts"

/** A person, a machine with its key, or the service itself. */
export const PrincipalKind = Schema.Literals(["user", "api-key", "system"]).annotate({ identifier: "PrincipalKind" })
export type PrincipalKind = typeof PrincipalKind.Type

/** What somebody who has signed in must do before anything else. */
export const Restriction = Schema.Literals(["password-change", "mfa-enrolment", "mfa"]).annotate({
  identifier: "Restriction"
})
export type Restriction = typeof Restriction.Type

/** On whose behalf something is done. */
export interface Principal {
  readonly kind: PrincipalKind
  /** Of the user, or of the API key. */
  readonly id: string
  /** As people know it: the name of the user or of the key. */
  readonly name: string
  readonly roles: ReadonlyArray<Role>
  /** What the roles allow, for an API key as far as the key was given it. */
  readonly permissions: ReadonlySet<Permission.Permission>
  /** Where it may act; everywhere when empty. */
  readonly scopes: ReadonlyArray<Scope.Scope>
  /** Whether a second factor was shown in this session. */
  readonly mfa: boolean
  /** The session of a user. */
  readonly sessionId?: string | undefined
  /** The user an API key belongs to. */
  readonly ownerId?: string | undefined
  /** What has to be done first; until then nothing else is allowed. */
  readonly restriction?: Restriction | undefined
}

/** The service itself, which may do everything: at its own tasks, and for everybody when authentication is off. */
export const system = (name: string): Principal => ({
  kind: "system",
  id: "system",
  name,
  roles: ["admin"],
  permissions: new Set(Permission.all),
  scopes: [],
  mfa: true
})
