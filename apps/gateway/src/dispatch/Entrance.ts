import type { Problem } from "@resync/api/Problem"
import type { AuditActor } from "@resync/identity/audit/AuditEntry"
import type { Effect, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"

/**
 * A way in: what somebody does who is not known before it has ended. It is no command like others: nobody could be authorized, and
 * its answer is a secret, so that neither it nor a key for it is kept.
 */
export interface Entrance<in out Request, in out Answer, in out E> {
  readonly _tag: "Entrance"
  /** `auth.login` for example: in metrics, in spans and in the audit trail. */
  readonly name: string
  readonly access: "public"
  readonly "~types"?: { readonly request: Request; readonly answer: Answer; readonly e: E }
}

/** Any way in, its types put aside. */
// biome-ignore lint/suspicious/noExplicitAny: only so does every way in fit.
export type Any = Entrance<any, any, any>

/** Who came in, for the audit trail. */
export interface Came {
  readonly actor: AuditActor
  readonly detail: Schema.Json
}

/** How somebody is let in. What is refused it tells the audit trail itself: only it knows of whom. */
export interface EntranceHandler<in Request, Answer, out E> {
  readonly act: (request: Request) => Effect.Effect<Answer, E, HttpServerRequest.HttpServerRequest>
  /** Who came in; nothing is written where it is absent. */
  readonly came?: (answer: Answer) => Came
  /** Takes back what could not be written down. */
  readonly takeBack?: (answer: Answer) => Effect.Effect<void>
}

/** Declares a way in. */
export const make =
  <Request, Answer, E extends Problem>() =>
  (name: string): Entrance<Request, Answer, E> => ({ _tag: "Entrance", name, access: "public" })
