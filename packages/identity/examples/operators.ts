import * as Identity from "@resync/identity/Identity"
import { authorize } from "@resync/identity/model/Authorize"
import { Pattern } from "@resync/identity/model/Pattern"
import type { Target } from "@resync/identity/model/Scope"
import { UserName } from "@resync/identity/model/UserName"
import { Principals } from "@resync/identity/sessions/Principals"
import { SignIn } from "@resync/identity/signin/SignIn"
import { Users } from "@resync/identity/users/Users"
import * as Embedded from "@resync/store/Embedded"
import { Effect, Layer, type Redacted } from "effect"

/** An operator of the payroll jobs, and the password to sign in with once. */
export const invite = Effect.fn("invite")(function* (name: string) {
  const users = yield* Users
  const scopes = [{ folder: Pattern.make("/PAYROLL/*") }]
  return yield* users.create({ name: UserName.make(name), roles: ["operator"], scopes })
})

/** An access token for a name and a password; failures slow down further attempts from this address. */
export const signIn = Effect.fn("signIn")(function* (name: string, password: Redacted.Redacted, address: string) {
  const signIns = yield* SignIn
  const origin = { address, userAgent: "example" }
  const { access, restriction } = yield* signIns.withPassword({ name, password, kind: "tokens", origin })
  // "password-change" after a one-time password: until then nothing else is allowed.
  return { token: access.token, restriction }
})

/** Whether who is behind a token may hold a job; fails when the token does not hold. */
export const mayHold = Effect.fn("mayHold")(function* (token: string, job: Target) {
  const principals = yield* Principals
  return authorize(yield* principals.resolve("token", token), "jobs:hold", job) === undefined
})

/** Over a database in memory; `secret` seals the keys that sign tokens. */
export const identity = (secret: Redacted.Redacted) =>
  Identity.layer({ secret, mfaRoles: ["admin"] }).pipe(Layer.provide(Embedded.layerMemory))
