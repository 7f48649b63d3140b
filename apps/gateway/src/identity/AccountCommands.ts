import type { Access } from "@resync/api/Access"
import { Forbidden, SignInIncomplete, Unauthenticated } from "@resync/api/AccessProblems"
import * as CommandProblems from "@resync/api/CommandProblems"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import {
  CodeRefused,
  IdentityConflict,
  IdentityNotFound,
  IdentityUnavailable,
  PasswordTooWeak,
  ReauthenticationNeeded,
  SignInRefused,
  TooManyRequests
} from "@resync/api/IdentityProblems"
import type { Problem } from "@resync/api/Problem"
import { type Enrolment, Mfa, type RecoveryCodes } from "@resync/identity/mfa/Mfa"
import { SessionId, UserId } from "@resync/identity/model/Ids"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { type SignedIn, SignIn } from "@resync/identity/signin/SignIn"
import { Effect, type Redacted, Schema } from "effect"
import { Commands } from "../commands/pipeline/Commands.ts"
import * as Command from "../dispatch/Command.ts"
import * as Caller from "./Caller.ts"
import { changing } from "./IdentityCommand.ts"

const base = [
  IdentityUnavailable,
  CommandProblems.CommandFateUnknown,
  Forbidden,
  SignInIncomplete,
  Unauthenticated
] as const
const plain = Schema.toCodecJson(Schema.Union(base))
const gone = Schema.toCodecJson(Schema.Union([...base, IdentityNotFound]))
const enrolling = Schema.toCodecJson(
  Schema.Union([...base, IdentityNotFound, IdentityConflict, SignInRefused, ReauthenticationNeeded, TooManyRequests])
)
const byCode = Schema.toCodecJson(
  Schema.Union([...base, IdentityNotFound, IdentityConflict, CodeRefused, TooManyRequests])
)
const byPassword = Schema.toCodecJson(
  Schema.Union([...base, IdentityNotFound, IdentityConflict, SignInRefused, PasswordTooWeak, TooManyRequests])
)

/** Passwords and codes, of which nothing is kept. */
interface Passwords {
  readonly current: Redacted.Redacted
  readonly next: Redacted.Redacted
}
interface Password {
  readonly password?: Redacted.Redacted
}
interface Code {
  readonly code: string
}

const Nothing = Command.nothing
const Done = Schema.toCodecJson(Schema.Null)

const own = <Request, Answer, E extends Problem>(
  name: string,
  access: Access,
  request: Command.JsonCodec<Request>,
  answer: Command.JsonCodec<Answer>,
  problems: Command.JsonCodec<E>
) =>
  Command.make(name, {
    access,
    request,
    answer,
    problems,
    // Whose sign-in it is, the caller says and not the request.
    target: () => undefined,
    repeatable: true,
    everywhere: true,
    readableBy: "users:read"
  })

export const Logout = own("auth.logout", "restricted", Nothing, Done, plain)
export const ChangePassword = own(
  "auth.password.change",
  "restricted",
  Command.withheld<Passwords>()(Nothing),
  Done,
  byPassword
)
export const VerifyMfa = own(
  "auth.mfa.verify",
  "restricted",
  Command.withheld<Code>()(Nothing),
  Command.withheld<Omit<SignedIn, "secret">>()(Nothing),
  byCode
)
export const EnrollMfa = own(
  "auth.mfa.begin",
  "restricted",
  Command.withheld<Password>()(Nothing),
  Command.withheld<Enrolment>()(Nothing),
  enrolling
)
export const ConfirmMfa = own(
  "auth.mfa.enroll",
  "restricted",
  Command.withheld<Code>()(Nothing),
  Command.withheld<{ readonly recoveryCodes: RecoveryCodes }>()(Nothing),
  byCode
)
export const DisableMfa = own("auth.mfa.disable", "signed-in", Command.withheld<Code>()(Nothing), Done, byCode)
export const RenewRecoveryCodes = own(
  "auth.mfa.recovery-codes",
  "signed-in",
  Command.withheld<Code>()(Nothing),
  Command.withheld<{ readonly recoveryCodes: RecoveryCodes }>()(Nothing),
  byCode
)
export const RevokeSession = own(
  "auth.session.revoke",
  "signed-in",
  Schema.toCodecJson(Schema.Struct({ id: SessionId })),
  Done,
  gone
)

/** The user who acts on his own sign-in; a key and the service itself have none. */
const user = Effect.mapError(Caller.user, Command.refused)

/** Who it is about. How he was before is told by what was done. */
const look = () =>
  Effect.map(CurrentPrincipal, ({ id, mfa, name, restriction, sessionId }) => ({
    target: { kind: "user", id, name },
    before: { mfa, restriction: restriction ?? null, session: sessionId ?? null }
  }))

/** Puts the handlers of what somebody does about his own sign-in in place. */
export const register = Effect.gen(function* () {
  const signIns = yield* SignIn
  const sessions = yield* Sessions
  const mfa = yield* Mfa
  const { handle } = yield* Commands

  handle(Logout, {
    look,
    act: Effect.fnUntraced(function* () {
      const { sessionId } = yield* CurrentPrincipal
      if (sessionId === undefined) return null
      // One that is ended already is as good.
      yield* changing(Effect.catchTag(sessions.revoke(SessionId.make(sessionId)), "SessionNotFound", () => Effect.void))
      return null
    })
  })
  handle(ChangePassword, {
    look,
    act: Effect.fnUntraced(function* (passwords) {
      yield* changing(signIns.changePassword(yield* user, passwords))
      return null
    })
  })
  handle(VerifyMfa, {
    look,
    act: Effect.fnUntraced(function* ({ code }) {
      return yield* changing(signIns.verifyMfa(yield* user, code))
    }),
    after: ({ restriction, session }) => ({ methods: session.methods, restriction: restriction ?? null })
  })
  handle(EnrollMfa, {
    look,
    act: Effect.fnUntraced(function* ({ password }) {
      return yield* changing(signIns.enrollMfa(yield* user, password))
    })
  })
  handle(ConfirmMfa, {
    look,
    act: Effect.fnUntraced(function* ({ code }) {
      return { recoveryCodes: yield* changing(signIns.confirmMfa(yield* user, code)) }
    }),
    after: () => ({ mfa: true })
  })
  handle(DisableMfa, {
    look,
    act: Effect.fnUntraced(function* ({ code }) {
      yield* changing(mfa.disable(UserId.make((yield* user).id), code))
      return null
    }),
    after: () => ({ mfa: false })
  })
  handle(RenewRecoveryCodes, {
    look,
    act: Effect.fnUntraced(function* ({ code }) {
      return { recoveryCodes: yield* changing(mfa.renewRecoveryCodes(UserId.make((yield* user).id), code)) }
    })
  })
  handle(RevokeSession, {
    look,
    act: Effect.fnUntraced(function* ({ id }) {
      yield* changing(sessions.revoke(id, UserId.make((yield* user).id)))
      return null
    })
  })
})
