import type { Unauthenticated } from "@resync/api/AccessProblems"
import {
  type IdentityUnavailable,
  OidcSignInFailed,
  type SignInRefused,
  type TooManyRequests
} from "@resync/api/IdentityProblems"
import type * as Failures from "@resync/identity/IdentityError"
import { SessionId } from "@resync/identity/model/Ids"
import type { SessionKind } from "@resync/identity/model/Session"
import { Oidc } from "@resync/identity/oidc/Oidc"
import { Sessions } from "@resync/identity/sessions/Sessions"
import { type SignedIn, SignIn } from "@resync/identity/signin/SignIn"
import { Effect, type Redacted } from "effect"
import * as Entrance from "../dispatch/Entrance.ts"
import { Entrances } from "../dispatch/Entrances.ts"
import * as Caller from "./Caller.ts"
import * as IdentityProblem from "./IdentityProblem.ts"
import { SecurityEvents } from "./SecurityEvents.ts"

interface Password {
  readonly name: string
  readonly password: Redacted.Redacted
  readonly kind: SessionKind
}

interface Begun {
  readonly url: URL
  readonly state: string
}

interface Returned {
  readonly query: URLSearchParams
  readonly state: string | undefined
}

export const Login = Entrance.make<Password, SignedIn, SignInRefused | TooManyRequests | IdentityUnavailable>()(
  "auth.login"
)
export const Refresh = Entrance.make<
  { readonly token: Redacted.Redacted },
  SignedIn,
  Unauthenticated | IdentityUnavailable
>()("auth.refresh")
export const OidcStart = Entrance.make<
  { readonly returnTo: string | undefined; readonly fresh: boolean },
  Begun,
  OidcSignInFailed | IdentityUnavailable
>()("auth.oidc.start")
export const OidcCallback = Entrance.make<
  Returned,
  { readonly signedIn: SignedIn; readonly returnTo: string },
  OidcSignInFailed | IdentityUnavailable
>()("auth.oidc.login")

const came = ({ session, user }: SignedIn): Entrance.Came => ({
  actor: { id: user.id, kind: "user", name: user.name },
  detail: { session: session.id, methods: [...session.methods], kind: session.kind }
})

const oidcProblem = (error: Failures.OidcFailed | Failures.IdentityUnavailable) =>
  error._tag === "OidcFailed"
    ? new OidcSignInFailed({ reason: error.reason, detail: error.detail })
    : IdentityProblem.of(error)

/** Puts the ways in in place. */
export const register = Effect.gen(function* () {
  const signIns = yield* SignIn
  const sessions = yield* Sessions
  const oidc = yield* Oidc
  const events = yield* SecurityEvents
  const { handle } = yield* Entrances

  /** Ends a session that nobody has got: who came in could not be written down. */
  const takeBack = ({ session }: SignedIn) =>
    Effect.catch(sessions.revoke(SessionId.make(session.id)), (error) =>
      Effect.logError("A session that could not be recorded could not be ended", error)
    )

  handle(Login, {
    act: Effect.fnUntraced(function* (request) {
      const refused = (reason: string, userId?: string) =>
        events.refused({
          action: Login.name,
          detail: { reason },
          target: userId === undefined ? undefined : { kind: "user", id: userId }
        })
      return yield* signIns.withPassword({ ...request, origin: yield* Caller.origin }).pipe(
        Effect.tapErrorTag("InvalidCredentials", ({ userId }) => refused("credentials", userId)),
        Effect.tapErrorTag("TooManyAttempts", () => refused("locked")),
        Effect.mapError(IdentityProblem.of)
      )
    }),
    came,
    takeBack
  })
  handle(Refresh, {
    act: ({ token }) =>
      signIns.refresh(token).pipe(
        Effect.tapErrorTag("RefreshTokenReused", ({ sessionId }) =>
          events.refused({
            action: Refresh.name,
            detail: { reason: "reused" },
            target: { kind: "session", id: sessionId }
          })
        ),
        Effect.tapErrorTag("CredentialRejected", ({ reason }) =>
          // One that has run out is what happens to who was away for long.
          reason === "expired" ? Effect.void : events.refused({ action: Refresh.name, detail: { reason } })
        ),
        Effect.mapError(IdentityProblem.of)
      )
  })
  handle(OidcStart, {
    act: ({ fresh, returnTo }) => Effect.mapError(oidc.start(returnTo, fresh), oidcProblem)
  })
  handle(OidcCallback, {
    act: Effect.fnUntraced(function* (returned) {
      return yield* oidc.finish({ ...returned, origin: yield* Caller.origin }).pipe(
        Effect.tapErrorTag("OidcFailed", ({ reason }) =>
          reason === "unavailable" || reason === "not-configured"
            ? Effect.void
            : events.refused({ action: OidcCallback.name, detail: { reason } })
        ),
        Effect.mapError(oidcProblem)
      )
    }),
    came: ({ signedIn }) => came(signedIn),
    takeBack: ({ signedIn }) => takeBack(signedIn)
  })
})
