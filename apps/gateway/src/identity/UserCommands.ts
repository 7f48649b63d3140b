import * as CommandProblems from "@resync/api/CommandProblems"
import { IdentityConflict, IdentityNotFound, IdentityUnavailable } from "@resync/api/IdentityProblems"
import type { Problem } from "@resync/api/Problem"
import { SessionId, UserId } from "@resync/identity/model/Ids"
import { Role } from "@resync/identity/model/Role"
import { Scope } from "@resync/identity/model/Scope"
import { Session } from "@resync/identity/model/Session"
import { User } from "@resync/identity/model/User"
import { UserName } from "@resync/identity/model/UserName"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { Users, type WithOneTimePassword } from "@resync/identity/users/Users"
import { Effect, Schema } from "effect"
import { Commands } from "../commands/pipeline/Commands.ts"
import * as Command from "../dispatch/Command.ts"
import { changing, looking, picture, targetOf } from "./IdentityCommand.ts"

/** Set anew to the same, a user is as before: what may not have been done may be done again. */
const common = { access: "users:write", readableBy: "users:read", repeatable: true } as const
const base = [IdentityUnavailable, CommandProblems.CommandFateUnknown] as const
const byId = Schema.Struct({ id: UserId })
const target = ({ id }: { readonly id: UserId }) => ({ kind: "user", id })
const problems = Schema.toCodecJson(Schema.Union([...base, IdentityNotFound, IdentityConflict]))
const gone = Schema.toCodecJson(Schema.Union([...base, IdentityNotFound]))
const shown = Command.withheld<WithOneTimePassword>()(Schema.toCodecJson(Schema.Struct({ user: User })))
const onceProblems = Schema.toCodecJson(
  Schema.Union([...base, IdentityNotFound, IdentityConflict, CommandProblems.SecretShownOnce])
)

export const CreateUser = Command.make("user.create", {
  ...common,
  request: Schema.toCodecJson(
    Schema.Struct({ name: UserName, roles: Schema.Array(Role), scopes: Schema.Array(Scope) })
  ),
  answer: shown,
  problems: Schema.toCodecJson(Schema.Union([...base, IdentityConflict, CommandProblems.SecretShownOnce])),
  target: () => undefined,
  shownOnce: true
})

export const UpdateUser = Command.make("user.update", {
  ...common,
  request: Schema.toCodecJson(
    Schema.Struct({
      id: UserId,
      name: Schema.optionalKey(UserName),
      roles: Schema.optionalKey(Schema.Array(Role)),
      scopes: Schema.optionalKey(Schema.Array(Scope))
    })
  ),
  answer: Schema.toCodecJson(User),
  problems,
  target
})

const onUser = <E extends Problem>(name: string, problems: Command.JsonCodec<E>) =>
  Command.make(name, {
    ...common,
    request: Schema.toCodecJson(byId),
    answer: Schema.toCodecJson(User),
    problems,
    target
  })
export const DisableUser = onUser("user.disable", problems)
export const EnableUser = onUser("user.enable", gone)
export const ResetMfa = onUser("user.reset-mfa", gone)

export const RemoveUser = Command.make("user.remove", {
  ...common,
  request: Schema.toCodecJson(byId),
  answer: Schema.toCodecJson(Schema.Null),
  problems,
  target
})

export const ResetPassword = Command.make("user.reset-password", {
  ...common,
  request: Schema.toCodecJson(byId),
  answer: shown,
  problems: onceProblems,
  target,
  shownOnce: true
})

export const RevokeUserSession = Command.make("user.session.revoke", {
  ...common,
  access: "sessions:revoke",
  request: Schema.toCodecJson(Schema.Struct({ id: UserId, sessionId: SessionId })),
  answer: Schema.toCodecJson(Schema.Null),
  problems: gone,
  target
})

const encodeSession = Schema.encodeSync(Schema.toCodecJson(Session))

/** Puts the handlers of changes of users in place. */
export const register = Effect.gen(function* () {
  const users = yield* Users
  const sessions = yield* Sessions
  const { handle } = yield* Commands

  const look = ({ id }: { readonly id: UserId }) => looking(users.get(id))

  handle(CreateUser, {
    // Nobody who is narrowed makes users: they could do more than he.
    look: ({ name }) => Effect.succeed({ target: { kind: "user", id: "", name }, before: null }),
    act: (user) => changing(users.create(user)),
    made: ({ user }) => targetOf(user),
    after: ({ user }) => picture(user)
  })
  handle(UpdateUser, {
    look,
    act: ({ id, ...changes }) => changing(users.update(id, changes)),
    after: picture
  })
  handle(DisableUser, { look, act: ({ id }) => changing(users.disable(id)), after: picture })
  handle(EnableUser, { look, act: ({ id }) => changing(users.enable(id)), after: picture })
  handle(ResetMfa, { look, act: ({ id }) => changing(users.resetMfa(id)), after: picture })
  handle(RemoveUser, { look, act: ({ id }) => Effect.as(changing(users.remove(id)), null) })
  handle(ResetPassword, {
    look,
    act: ({ id }) => changing(users.resetPassword(id)),
    after: ({ user }) => picture(user)
  })
  handle(RevokeUserSession, {
    look: ({ id, sessionId }) =>
      changing(sessions.list(id)).pipe(
        Effect.map((found) => {
          const session = found.find((one) => one.id === sessionId)
          return { target: { kind: "user", id }, before: session === undefined ? null : encodeSession(session) }
        })
      ),
    act: ({ id, sessionId }) => Effect.as(changing(sessions.revoke(sessionId, id)), null)
  })
})
