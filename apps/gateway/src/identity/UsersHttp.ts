import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answerOver } from "../commands/http/runOver.ts"
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
    const run = answerOver(yield* Commands)
    return HttpApiBuilder.group(Api, "userCommands", (handlers) =>
      handlers.handleAll({
        createUser: (input) => run(Done.CreateUser, { scopes: [], ...input.payload }, input),
        updateUser: (input) => run(Done.UpdateUser, { ...input.params, ...input.payload }, input),
        removeUser: (input) => Effect.asVoid(run(Done.RemoveUser, input.params, input)),
        disableUser: (input) => run(Done.DisableUser, input.params, input),
        enableUser: (input) => run(Done.EnableUser, input.params, input),
        resetPassword: (input) => run(Done.ResetPassword, input.params, input),
        resetMfa: (input) => run(Done.ResetMfa, input.params, input),
        revokeUserSession: (input) => Effect.asVoid(run(Done.RevokeUserSession, input.params, input))
      })
    )
  })
)
