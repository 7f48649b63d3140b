import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered, runOver } from "../commands/http/runOver.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as Asked from "./IdentityQueries.ts"
import * as Done from "./UserCommands.ts"

/** Who may sign in. */
export const queries = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    return HttpApiBuilder.group(Api, "users", (handlers) =>
      handlers.handleAll({
        users: ({ query }) => ask(Asked.ListUsers, query),
        user: ({ params }) => ask(Asked.GetUser, params),
        userSessions: ({ params }) => ask(Asked.UserSessions, params)
      })
    )
  })
)

/** Changes of users. */
export const commands = Group.layer(
  Effect.gen(function* () {
    const run = runOver(yield* Commands)
    return HttpApiBuilder.group(Api, "userCommands", (handlers) =>
      handlers.handleAll({
        createUser: (input) => Effect.flatMap(run(Done.CreateUser, { scopes: [], ...input.payload }, input), answered),
        updateUser: (input) =>
          Effect.flatMap(run(Done.UpdateUser, { ...input.params, ...input.payload }, input), answered),
        removeUser: (input) => Effect.asVoid(Effect.flatMap(run(Done.RemoveUser, input.params, input), answered)),
        disableUser: (input) => Effect.flatMap(run(Done.DisableUser, input.params, input), answered),
        enableUser: (input) => Effect.flatMap(run(Done.EnableUser, input.params, input), answered),
        resetPassword: (input) => Effect.flatMap(run(Done.ResetPassword, input.params, input), answered),
        resetMfa: (input) => Effect.flatMap(run(Done.ResetMfa, input.params, input), answered),
        revokeUserSession: (input) =>
          Effect.asVoid(Effect.flatMap(run(Done.RevokeUserSession, input.params, input), answered))
      })
    )
  })
)
