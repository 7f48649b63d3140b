import type { Access } from "@resync/api/Access"
import type { Problem } from "@resync/api/Problem"
import type { Target } from "@resync/identity/model/Scope"
import type { Duration, Effect, Schema } from "effect"

/**
 * A question: a name, the schema of what is asked, who may ask it, and for how long its answer may be one that was kept.
 * Its handler is apart from it.
 */
export interface Query<in out Request, in out Answer, in out E, in out R = never> {
  readonly _tag: "Query"
  /** `tws.jobs` for example: in metrics, in spans and in the list of all queries. */
  readonly name: string
  readonly request: Schema.Schema<Request>
  readonly access: Access
  /** For how long an answer may be one that was kept; 0 where it is read anew each time. */
  readonly cacheTime: Duration.Input
  readonly "~types"?: { readonly answer: Answer; readonly e: E; readonly r: R }
}

/** Any query, its types put aside. */
// biome-ignore lint/suspicious/noExplicitAny: only so does every query fit.
export type Any = Query<any, any, any, any>

/** Whether a target lies within what the caller is narrowed to. */
export type Allows = (target: Target) => boolean

/**
 * How a question is answered. Who is narrowed to a part of the scheduler is refused, unless the handler says how its answer
 * is narrowed: `everything` where it tells of no object, `guard` by what is asked, `narrow` by the answer, of which
 * nothing is left where it returns `undefined`.
 */
export interface QueryHandler<in Request, Answer, out E, out R> {
  readonly ask: (request: Request) => Effect.Effect<Answer, E, R>
  readonly everything?: true
  readonly guard?: (request: Request, allows: Allows) => Effect.Effect<boolean, E, R>
  readonly narrow?: (answer: Answer, allows: Allows) => Answer | undefined
}

/** Declares a question; its answer and problems are types that its handler has to keep to. */
export const make =
  <Answer, E extends Problem, R = never>() =>
  <Request>(
    name: string,
    options: {
      readonly request: Schema.Schema<Request>
      readonly access: Access
      readonly cacheTime?: Duration.Input
    }
  ): Query<Request, Answer, E, R> => ({ _tag: "Query", name, cacheTime: 0, ...options })
