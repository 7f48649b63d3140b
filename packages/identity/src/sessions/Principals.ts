import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { ApiKeys } from "../apikeys/ApiKeys.ts"
import { CredentialRejected, type IdentityUnavailable } from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import * as accountsOf from "../internal/accounts.ts"
import type { Account, SessionRow } from "../internal/rows.ts"
import { stored } from "../internal/stored.ts"
import type { ApiKey } from "../model/ApiKey.ts"
import type { ApiKeyId, SessionId, UserId } from "../model/Ids.ts"
import type { Principal, Restriction } from "../model/Principal.ts"
import type { Role } from "../model/Role.ts"
import * as RolePermissions from "../model/RolePermissions.ts"
import * as Scope from "../model/Scope.ts"
import { hasSecondFactor } from "../model/Session.ts"
import { AccessTokens } from "./AccessTokens.ts"
import { type CachedPrincipal, PrincipalCache } from "./PrincipalCache.ts"
import { Sessions } from "./Sessions.ts"

/** How a caller says who it is. */
export type CredentialKind = "token" | "cookie" | "apiKey"

type Failure = CredentialRejected | IdentityUnavailable

/** While one request reads anew who somebody is, the others go on with what was known. */
const readingMillis = 1_000

/** How long what was known counts on while the store is away. */
const awayMillis = 60_000

/** Credentials whose owner is known, at most; beyond that the oldest go. */
const capacity = 10_000

/** What has to be done first, the second factor before all else. */
export const restrictionOf = (
  account: Account,
  session: Pick<SessionRow, "methods">,
  mfaRoles: ReadonlySet<Role>
): Restriction | undefined => {
  const shown = hasSecondFactor(session.methods)
  if (account.totpSecret !== null && !shown) return "mfa"
  if (account.mustChangePassword) return "password-change"
  if (account.totpSecret === null && !shown && account.roles.some((role) => mfaRoles.has(role))) return "mfa-enrolment"
  return undefined
}

const ofSession = (account: Account, session: SessionRow, mfaRoles: ReadonlySet<Role>): Principal => ({
  kind: "user",
  id: account.id,
  name: account.name,
  roles: account.roles,
  permissions: RolePermissions.of(account.roles),
  scopes: account.scopes,
  mfa: hasSecondFactor(session.methods),
  sessionId: session.id,
  restriction: restrictionOf(account, session, mfaRoles)
})

/** A key can do what it was given as far as its owner can do it still. */
const ofKey = (account: Account, key: ApiKey): Principal => {
  const held = RolePermissions.of(account.roles)
  const scopes = Scope.narrow(account.scopes, key.scopes)
  // Where none of its scopes lies within its owner's it can do nothing; no scopes at all would mean everywhere.
  const nowhere = scopes.length === 0 && key.scopes.length > 0
  return {
    kind: "api-key",
    id: key.id,
    name: key.name,
    roles: [],
    permissions: new Set(nowhere ? [] : key.permissions.filter((permission) => held.has(permission))),
    scopes,
    mfa: false,
    ownerId: account.id
  }
}

/** Whether an id is that of a key or of a session, which a request shows or only what it has begun. */
type HolderKind = "apiKey" | "session" | "unseen"

interface Known {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * Tells who is behind a credential. A request with one that was seen before costs two look-ups in memory; who somebody is
 * and whether the session goes on is read from the store again every `staleness`.
 */
export class Principals extends Context.Service<
  Principals,
  {
    /** Who it is, if that is known without asking anybody. */
    readonly peek: (kind: CredentialKind, credential: string, millis: number) => Principal | undefined
    readonly resolve: (kind: CredentialKind, credential: string) => Effect.Effect<Principal, Failure>
    /**
     * Who somebody is now, for what was begun on their behalf and goes on: fails once the session or key was ended or has run out,
     * or the user is disabled. The session is not noted as seen.
     */
    readonly again: (principal: Principal) => Effect.Effect<Principal, Failure>
  }
>()("@resync/identity/Principals") {
  static readonly layer: Layer.Layer<
    Principals,
    never,
    SqlClient.SqlClient | IdentityOptions | PrincipalCache | AccessTokens | Sessions | ApiKeys
  > = Layer.effect(
    Principals,
    Effect.gen(function* () {
      const accounts = accountsOf.make(yield* SqlClient.SqlClient)
      const { mfaRoles, staleness } = yield* IdentityOptions
      const cache = yield* PrincipalCache
      const tokens = yield* AccessTokens
      const sessions = yield* Sessions
      const keys = yield* ApiKeys

      const known: Readonly<Record<CredentialKind, Map<string, Known>>> = {
        token: new Map(),
        cookie: new Map(),
        apiKey: new Map()
      }

      const remember = (kind: CredentialKind, credential: string, entry: Known) => {
        const map = known[kind]
        map.set(credential, entry)
        for (const oldest of map.keys()) {
          if (map.size <= capacity) break
          map.delete(oldest)
        }
        return entry
      }

      /** Finds out which session or key a credential belongs to, by its own secrets alone. */
      const identify = (kind: CredentialKind, credential: string): Effect.Effect<Known, Failure> => {
        switch (kind) {
          case "token":
            return Effect.map(tokens.verify(credential), ({ exp, sid }) => ({ id: sid, expiresAt: exp * 1_000 }))
          case "cookie":
            return Effect.map(sessions.ofCookie(credential), ({ id }) => ({ id, expiresAt: Number.POSITIVE_INFINITY }))
          case "apiKey":
            return Effect.map(keys.find(credential), ({ expiresAt, id }) => ({
              id,
              expiresAt: expiresAt.epochMilliseconds
            }))
        }
      }

      const enabled = (id: UserId): Effect.Effect<Account, Failure> =>
        Effect.flatMap(stored(accounts.byId(id)), (account) =>
          account === undefined || account.disabledAt !== null
            ? Effect.fail(new CredentialRejected({ reason: "revoked" }))
            : Effect.succeed(account)
        )

      /** Reads whose it is and whether it still holds. The kind says which id it is. */
      const read = Effect.fnUntraced(function* (kind: HolderKind, id: string) {
        if (kind === "apiKey") {
          const key = yield* keys.alive(id as ApiKeyId)
          const account = yield* enabled(key.ownerId)
          return { principal: ofKey(account, key), userId: account.id, expiresAt: key.expiresAt.epochMilliseconds }
        }
        const session = yield* kind === "session" ? sessions.alive(id as SessionId) : sessions.goesOn(id as SessionId)
        const account = yield* enabled(session.userId)
        return {
          principal: ofSession(account, session, mfaRoles),
          userId: account.id,
          expiresAt: session.expiresAt.getTime()
        }
      })

      const refresh = Effect.fnUntraced(function* (kind: HolderKind, id: string, old: CachedPrincipal | undefined) {
        const millis = yield* Clock.currentTimeMillis
        const epoch = cache.epoch()
        if (old !== undefined) cache.set(id, { ...old, freshUntil: millis + readingMillis }, epoch)
        const found = yield* read(kind, id).pipe(
          Effect.tapErrorTag("CredentialRejected", () => Effect.sync(() => cache.forget(id))),
          Effect.catchTag("IdentityUnavailable", (error) =>
            old !== undefined && millis < Math.min(old.expiresAt, old.freshUntil + awayMillis)
              ? Effect.void
              : Effect.fail(error)
          )
        )
        // What was known counts on, and is not made younger than it is.
        if (found === undefined) {
          if (old !== undefined) cache.set(id, old, epoch)
          return old?.principal
        }
        cache.set(id, { ...found, freshUntil: millis + staleness }, epoch)
        return found.principal
      })

      const current = Effect.fnUntraced(function* (kind: HolderKind, id: string) {
        const millis = yield* Clock.currentTimeMillis
        const cached = cache.get(id)
        if (cached !== undefined && cached.freshUntil > millis && cached.expiresAt > millis) return cached.principal
        const principal = yield* refresh(kind, id, cached)
        return principal ?? (yield* new CredentialRejected({ reason: "invalid" }))
      })

      const peek: Principals["Service"]["peek"] = (kind, credential, millis) => {
        const entry = known[kind].get(credential)
        if (entry === undefined || entry.expiresAt <= millis) return undefined
        const cached = cache.get(entry.id)
        return cached === undefined || cached.freshUntil <= millis || cached.expiresAt <= millis
          ? undefined
          : cached.principal
      }

      const resolve: Principals["Service"]["resolve"] = Effect.fn("Principals.resolve")(function* (kind, credential) {
        const millis = yield* Clock.currentTimeMillis
        const entry = known[kind].get(credential) ?? remember(kind, credential, yield* identify(kind, credential))
        if (entry.expiresAt <= millis) return yield* new CredentialRejected({ reason: "expired" })
        return yield* current(kind === "apiKey" ? kind : "session", entry.id)
      })

      const again: Principals["Service"]["again"] = (principal) => {
        if (principal.ownerId !== undefined) return current("apiKey", principal.id)
        // Who has neither a key nor a session holds as long as the process.
        return principal.sessionId === undefined ? Effect.succeed(principal) : current("unseen", principal.sessionId)
      }

      return Principals.of({ peek, resolve, again })
    })
  )
}
