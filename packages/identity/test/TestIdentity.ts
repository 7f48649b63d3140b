import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import * as Identity from "@resync/identity/Identity"
import type { IdentityOptionsInput } from "@resync/identity/IdentityOptions"
import type { Role } from "@resync/identity/model/Role"
import { UserName } from "@resync/identity/model/UserName"
import { Principals } from "@resync/identity/sessions/Principals"
import { type SignedIn, SignIn, type UserPrincipal } from "@resync/identity/signin/SignIn"
import { Users } from "@resync/identity/users/Users"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer, Redacted, Schema } from "effect"

export const stores = await TestStores.all()

/** Cheap enough to hash in every test. */
export const argon2 = { memory: 64, passes: 1, parallelism: 1 }

export const identity = (store: TestStores.TestStore, options: Partial<IdentityOptionsInput> = {}) =>
  Identity.layerWithoutSweeping({ secret: Redacted.make("an installation's secret"), argon2, ...options }).pipe(
    Layer.provideMerge(Audit.layer.pipe(Layer.provide(AuditConfig.layerTest))),
    Layer.provideMerge(store.layer)
  )

export const origin = { address: "192.0.2.1", userAgent: "test" }
export const password = Redacted.make("a horse on a staircase")

/** A user who has signed in and chosen a password. */
export const member = Effect.fnUntraced(function* (name: string, roles: ReadonlyArray<Role> = ["operator"]) {
  const users = yield* Users
  const { oneTimePassword, user } = yield* users.create({ name: yield* nameOf(name), roles, scopes: [] })
  const first = yield* signIn(name, oneTimePassword)
  const signIns = yield* SignIn
  yield* signIns.changePassword(yield* principalOf(first), { current: oneTimePassword, next: password })
  return user
})

export const nameOf = (name: string) => Schema.decodeUnknownEffect(UserName)(name)

export const signIn = (name: string, secret: Redacted.Redacted = password, from = origin) =>
  SignIn.use((signIns) => signIns.withPassword({ name, password: secret, kind: "tokens", origin: from }))

export const principalOf = (signedIn: Pick<SignedIn, "access">) =>
  Effect.map(
    Principals.use((principals) => principals.resolve("token", signedIn.access.token)),
    (principal) => principal as UserPrincipal
  )
