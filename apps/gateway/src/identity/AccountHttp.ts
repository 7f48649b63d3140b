import { SignInIncomplete } from "@resync/api/AccessProblems"
import { Api } from "@resync/api/Api"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { Mfa } from "@resync/identity/mfa/Mfa"
import { SessionId, UserId } from "@resync/identity/model/Ids"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { SignIn, type UserPrincipal } from "@resync/identity/signin/SignIn"
import { DateTime, Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as SessionCookie from "../security/SessionCookie.ts"
import * as Caller from "./Caller.ts"
import * as IdentityAudit from "./IdentityAudit.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

/** The caller's own sign-in. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const signIns = yield* SignIn
    const sessions = yield* Sessions
    const mfa = yield* Mfa
    const record = yield* IdentityAudit.make
    const limits = yield* RateLimits
    const limited = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      limits.consume("mfa", ClientAddress.bucketOf(ClientAddress.of(request)))
    )

    const did = (user: UserPrincipal, action: string) =>
      record({
        action,
        outcome: "done",
        actor: IdentityAudit.actorOf(user),
        target: { kind: "user", id: user.id, name: user.name }
      })

    return HttpApiBuilder.group(Api, "account", (handlers) =>
      handlers.handleAll({
        me: () =>
          Effect.map(
            CurrentPrincipal,
            ({ id, kind, mfa, name, permissions, restriction, roles, scopes, sessionId }) => ({
              kind,
              id,
              name,
              roles,
              permissions: restriction === undefined ? [...permissions] : [],
              scopes,
              mfa,
              restriction: restriction ?? null,
              ...(sessionId === undefined ? {} : { sessionId })
            })
          ),
        logout: Effect.fnUntraced(function* () {
          const principal = yield* CurrentPrincipal
          if (principal.sessionId !== undefined) {
            // One that is ended already is as good.
            yield* sessions.revoke(SessionId.make(principal.sessionId)).pipe(
              Effect.catchTag("SessionNotFound", () => Effect.void),
              Effect.mapError(IdentityProblem.of)
            )
            yield* record({ action: "auth.logout", outcome: "done", actor: IdentityAudit.actorOf(principal) })
          }
          yield* SessionCookie.clear
        }),
        changePassword: Effect.fnUntraced(function* ({ payload }) {
          const user = yield* Caller.user
          yield* limited
          yield* Effect.mapError(signIns.changePassword(user, payload), IdentityProblem.of)
          yield* did(user, "auth.password.change")
        }),
        verifyMfa: Effect.fnUntraced(function* ({ payload }) {
          const user = yield* Caller.user
          yield* limited
          const {
            access,
            restriction,
            session,
            user: who
          } = yield* Effect.mapError(signIns.verifyMfa(user, payload.code), IdentityProblem.of)
          yield* did(user, "auth.mfa.verify")
          return {
            user: who,
            session,
            restriction: restriction ?? null,
            accessToken: Redacted.make(access.token),
            expiresAt: DateTime.makeUnsafe(access.expiresAt)
          }
        }),
        enrollMfa: Effect.fnUntraced(function* () {
          const user = yield* Caller.user
          if (user.restriction === "mfa" || user.restriction === "password-change") {
            return yield* new SignInIncomplete({ restriction: user.restriction })
          }
          return yield* Effect.mapError(mfa.enroll(UserId.make(user.id)), IdentityProblem.of)
        }),
        confirmMfa: Effect.fnUntraced(function* ({ payload }) {
          const user = yield* Caller.user
          yield* limited
          const recoveryCodes = yield* Effect.mapError(signIns.confirmMfa(user, payload.code), IdentityProblem.of)
          yield* did(user, "auth.mfa.enroll")
          return { recoveryCodes }
        }),
        disableMfa: Effect.fnUntraced(function* ({ payload }) {
          const user = yield* Caller.user
          yield* limited
          yield* Effect.mapError(mfa.disable(UserId.make(user.id), payload.code), IdentityProblem.of)
          yield* did(user, "auth.mfa.disable")
        }),
        renewRecoveryCodes: Effect.fnUntraced(function* ({ payload }) {
          const user = yield* Caller.user
          yield* limited
          const recoveryCodes = yield* Effect.mapError(
            mfa.renewRecoveryCodes(UserId.make(user.id), payload.code),
            IdentityProblem.of
          )
          yield* did(user, "auth.mfa.recovery-codes")
          return { recoveryCodes }
        }),
        sessions: Effect.fnUntraced(function* () {
          const user = yield* Caller.user
          return { items: yield* Effect.mapError(sessions.list(UserId.make(user.id)), IdentityProblem.of) }
        }),
        revokeSession: Effect.fnUntraced(function* ({ params }) {
          const user = yield* Caller.user
          yield* Effect.mapError(sessions.revoke(params.id, UserId.make(user.id)), IdentityProblem.of)
          yield* did(user, "auth.session.revoke")
        })
      })
    )
  })
)
