import type { Forbidden, SignInIncomplete } from "@resync/api/AccessProblems"
import type { Me } from "@resync/api/Account"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { IdentityNotFound, IdentityUnavailable } from "@resync/api/IdentityProblems"
import { ApiKeys } from "@resync/identity/apikeys/ApiKeys"
import type { ApiKey } from "@resync/identity/model/ApiKey"
import { UserId } from "@resync/identity/model/Ids"
import type { KeySet } from "@resync/identity/model/KeySet"
import type { Session } from "@resync/identity/model/Session"
import type { User } from "@resync/identity/model/User"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { SigningKeys } from "@resync/identity/sessions/SigningKeys"
import { Users } from "@resync/identity/users/Users"
import { Effect, Schema } from "effect"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"
import { permit } from "../security/Permit.ts"
import * as Caller from "./Caller.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

interface Items<A> {
  readonly items: ReadonlyArray<A>
}

const Nothing = Schema.Struct({})
const byId = Schema.Struct({ id: UserId })

export const ListUsers = Query.make<Items<User> & { readonly nextCursor: string | null }, IdentityUnavailable>()(
  "users",
  {
    request: Schema.Struct({ cursor: Schema.optionalKey(Schema.String), limit: Schema.optionalKey(Schema.Int) }),
    access: "users:read"
  }
)
export const GetUser = Query.make<User, IdentityNotFound | IdentityUnavailable>()("user", {
  request: byId,
  access: "users:read"
})
export const UserSessions = Query.make<Items<Session>, IdentityUnavailable>()("user.sessions", {
  request: byId,
  access: "sessions:read"
})
export const ListApiKeys = Query.make<
  Items<ApiKey>,
  IdentityUnavailable | Forbidden | SignInIncomplete,
  CurrentPrincipal
>()("api-keys", {
  request: Schema.Struct({ owner: Schema.optionalKey(Schema.Literals(["me", "all"])) }),
  access: "signed-in"
})
export const WhoAmI = Query.make<typeof Me.Type, never, CurrentPrincipal>()("account", {
  request: Nothing,
  access: "restricted"
})
export const OwnSessions = Query.make<Items<Session>, IdentityUnavailable | Forbidden, CurrentPrincipal>()(
  "account.sessions",
  { request: Nothing, access: "signed-in" }
)
export const PublicKeys = Query.make<typeof KeySet.Type, IdentityUnavailable>()("keys", {
  request: Nothing,
  access: "public"
})

/** How many users a page has, where nothing is said. */
const defaultLimit = 100

const items = <A>(items: ReadonlyArray<A>): Items<A> => ({ items })

/** Puts the queries about users, keys and sign-ins in place: none of them tells of the scheduler. */
export const register = Effect.gen(function* () {
  const users = yield* Users
  const sessions = yield* Sessions
  const keys = yield* ApiKeys
  const { published } = yield* SigningKeys
  const { handle } = yield* Queries
  const everything = true

  handle(ListUsers, {
    everything,
    ask: ({ cursor, limit = defaultLimit }) =>
      users.list({ after: cursor, limit }).pipe(
        Effect.map(({ items, next }) => ({ items, nextCursor: next ?? null })),
        Effect.mapError(IdentityProblem.of)
      )
  })
  handle(GetUser, { everything, ask: ({ id }) => Effect.mapError(users.get(id), IdentityProblem.of) })
  handle(UserSessions, {
    everything,
    ask: ({ id }) => Effect.mapBoth(sessions.list(id), { onSuccess: items, onFailure: IdentityProblem.of })
  })
  handle(ListApiKeys, {
    everything,
    ask: Effect.fnUntraced(function* ({ owner }) {
      if (owner === "all") yield* permit(yield* CurrentPrincipal, "api-keys:read")
      const of = owner === "all" ? undefined : UserId.make((yield* Caller.user).id)
      return items(yield* Effect.mapError(keys.list(of), IdentityProblem.of))
    })
  })
  handle(WhoAmI, {
    everything,
    ask: () =>
      Effect.map(CurrentPrincipal, ({ id, kind, mfa, name, permissions, restriction, roles, scopes, sessionId }) => ({
        kind,
        id,
        name,
        roles,
        permissions: restriction === undefined ? [...permissions] : [],
        scopes,
        mfa,
        restriction: restriction ?? null,
        ...(sessionId === undefined ? {} : { sessionId })
      }))
  })
  handle(OwnSessions, {
    everything,
    ask: Effect.fnUntraced(function* () {
      const { id } = yield* Caller.user
      return items(yield* Effect.mapError(sessions.list(UserId.make(id)), IdentityProblem.of))
    })
  })
  handle(PublicKeys, {
    everything,
    ask: () => Effect.mapBoth(published, { onSuccess: (keys) => ({ keys }), onFailure: IdentityProblem.of })
  })
})
