import { Api } from "@resync/api/Api"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { UserId } from "@resync/identity/model/Ids"
import type { User } from "@resync/identity/model/User"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { Users } from "@resync/identity/users/Users"
import { Effect, type Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as IdentityAudit from "./IdentityAudit.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

const defaultLimit = 100

/** Who may sign in. */
export const queries = Group.layer(
  Effect.gen(function* () {
    const users = yield* Users
    const sessions = yield* Sessions
    return HttpApiBuilder.group(Api, "users", (handlers) =>
      handlers.handleAll({
        users: ({ query }) =>
          users.list({ after: query.cursor, limit: query.limit ?? defaultLimit }).pipe(
            Effect.map(({ items, next }) => ({ items, nextCursor: next ?? null })),
            Effect.mapError(IdentityProblem.of)
          ),
        user: ({ params }) => Effect.mapError(users.get(params.id), IdentityProblem.of),
        userSessions: ({ params }) =>
          sessions.list(params.id).pipe(
            Effect.map((items) => ({ items })),
            Effect.mapError(IdentityProblem.of)
          )
      })
    )
  })
)

/** What of a user the audit trail tells. */
const picture = ({ disabled, mfa, name, roles, scopes }: User): Schema.Json => ({ disabled, mfa, name, roles, scopes })

/** Changes of users, each in the audit trail. */
export const commands = Group.layer(
  Effect.gen(function* () {
    const users = yield* Users
    const sessions = yield* Sessions
    const record = yield* IdentityAudit.make

    const did = Effect.fnUntraced(function* (
      action: string,
      user: { readonly id: UserId; readonly name?: string },
      detail?: Schema.Json
    ) {
      const actor = IdentityAudit.actorOf(yield* CurrentPrincipal)
      const target = { kind: "user", id: user.id, ...(user.name === undefined ? {} : { name: user.name }) }
      yield* record({ action, outcome: "done", actor, target, detail })
    })

    return HttpApiBuilder.group(Api, "userCommands", (handlers) =>
      handlers.handleAll({
        createUser: Effect.fnUntraced(function* ({ payload }) {
          const made = yield* Effect.mapError(users.create({ scopes: [], ...payload }), IdentityProblem.of)
          yield* did("user.create", made.user, { after: picture(made.user) })
          return made
        }),
        updateUser: Effect.fnUntraced(function* ({ params, payload }) {
          const before = yield* Effect.mapError(users.get(params.id), IdentityProblem.of)
          const user = yield* Effect.mapError(users.update(params.id, payload), IdentityProblem.of)
          yield* did("user.update", user, { before: picture(before), after: picture(user) })
          return user
        }),
        removeUser: Effect.fnUntraced(function* ({ params }) {
          const before = yield* Effect.mapError(users.get(params.id), IdentityProblem.of)
          yield* Effect.mapError(users.remove(params.id), IdentityProblem.of)
          yield* did("user.remove", before, { before: picture(before) })
        }),
        disableUser: Effect.fnUntraced(function* ({ params }) {
          const user = yield* Effect.mapError(users.disable(params.id), IdentityProblem.of)
          yield* did("user.disable", user)
          return user
        }),
        enableUser: Effect.fnUntraced(function* ({ params }) {
          const user = yield* Effect.mapError(users.enable(params.id), IdentityProblem.of)
          yield* did("user.enable", user)
          return user
        }),
        resetPassword: Effect.fnUntraced(function* ({ params }) {
          const reset = yield* Effect.mapError(users.resetPassword(params.id), IdentityProblem.of)
          yield* did("user.reset-password", reset.user)
          return reset
        }),
        resetMfa: Effect.fnUntraced(function* ({ params }) {
          const user = yield* Effect.mapError(users.resetMfa(params.id), IdentityProblem.of)
          yield* did("user.reset-mfa", user)
          return user
        }),
        revokeUserSession: Effect.fnUntraced(function* ({ params }) {
          yield* Effect.mapError(sessions.revoke(params.sessionId, params.id), IdentityProblem.of)
          yield* did("user.session.revoke", { id: params.id }, { session: params.sessionId })
        })
      })
    )
  })
)
