import { Api } from "@resync/api/Api"
import { DateTime, Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { answered, runOver } from "../commands/http/runOver.ts"
import { Commands } from "../commands/pipeline/Commands.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as SessionCookie from "../security/SessionCookie.ts"
import * as Done from "./AccountCommands.ts"
import { OwnSessions, WhoAmI } from "./IdentityQueries.ts"

/** The caller's own sign-in. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const run = runOver(yield* Commands)
    const limits = yield* RateLimits
    const limited = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      limits.consume("mfa", ClientAddress.bucketOf(ClientAddress.of(request)))
    )

    return HttpApiBuilder.group(Api, "account", (handlers) =>
      handlers.handleAll({
        me: () => ask(WhoAmI, {}),
        logout: () => Effect.andThen(run(Done.Logout, {}), SessionCookie.clear),
        changePassword: ({ payload }) =>
          Effect.andThen(limited, Effect.asVoid(Effect.flatMap(run(Done.ChangePassword, payload), answered))),
        verifyMfa: Effect.fnUntraced(function* ({ payload }) {
          yield* limited
          const { access, restriction, session, user } = yield* Effect.flatMap(run(Done.VerifyMfa, payload), answered)
          return {
            user,
            session,
            restriction: restriction ?? null,
            accessToken: Redacted.make(access.token),
            expiresAt: DateTime.makeUnsafe(access.expiresAt)
          }
        }),
        enrollMfa: () => Effect.flatMap(run(Done.EnrollMfa, {}), answered),
        confirmMfa: ({ payload }) => Effect.andThen(limited, Effect.flatMap(run(Done.ConfirmMfa, payload), answered)),
        disableMfa: ({ payload }) =>
          Effect.andThen(limited, Effect.asVoid(Effect.flatMap(run(Done.DisableMfa, payload), answered))),
        renewRecoveryCodes: ({ payload }) =>
          Effect.andThen(limited, Effect.flatMap(run(Done.RenewRecoveryCodes, payload), answered)),
        sessions: () => ask(OwnSessions, {}),
        revokeSession: (input) => Effect.asVoid(Effect.flatMap(run(Done.RevokeSession, input.params, input), answered))
      })
    )
  })
)
