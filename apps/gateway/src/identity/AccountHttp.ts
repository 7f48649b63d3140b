import { Api } from "@resync/api/Api"
import { DateTime, Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { answerOver } from "../commands/http/runOver.ts"
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
    const run = answerOver(yield* Commands)
    const limits = yield* RateLimits
    const limited = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      limits.consume("mfa", ClientAddress.bucketOfClient(request))
    )

    return HttpApiBuilder.group(Api, "account", (handlers) =>
      handlers.handleAll({
        me: () => ask(WhoAmI, {}),
        logout: () => Effect.andThen(run(Done.Logout, {}), SessionCookie.clear),
        changePassword: ({ payload }) => Effect.andThen(limited, Effect.asVoid(run(Done.ChangePassword, payload))),
        verifyMfa: Effect.fnUntraced(function* ({ payload }) {
          yield* limited
          const { access, restriction, session, user } = yield* run(Done.VerifyMfa, payload)
          return {
            user,
            session,
            restriction: restriction ?? null,
            accessToken: Redacted.make(access.token),
            expiresAt: DateTime.makeUnsafe(access.expiresAt)
          }
        }),
        enrollMfa: ({ payload }) => Effect.andThen(limited, run(Done.EnrollMfa, payload)),
        confirmMfa: ({ payload }) => Effect.andThen(limited, run(Done.ConfirmMfa, payload)),
        disableMfa: ({ payload }) => Effect.andThen(limited, Effect.asVoid(run(Done.DisableMfa, payload))),
        renewRecoveryCodes: ({ payload }) => Effect.andThen(limited, run(Done.RenewRecoveryCodes, payload)),
        sessions: () => ask(OwnSessions, {}),
        revokeSession: (input) => Effect.asVoid(run(Done.RevokeSession, input.params, input))
      })
    )
  })
)
