import type { Forbidden, SignInIncomplete } from "@resync/api/AccessProblems"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import type { Principal } from "@resync/identity/model/Principal"
import { Clock, Context, Effect, type Exit, type Fiber } from "effect"
import { problem } from "../security/Permit.ts"
import * as DispatchMetrics from "./DispatchMetrics.ts"
import { denied } from "./denied.ts"
import { outcomeOf } from "./outcomeOf.ts"
import { outOfScope } from "./outOfScope.ts"
import type { Any, Query, QueryHandler } from "./Query.ts"
import { within } from "./within.ts"

interface Slot {
  readonly query: Any
  /** Its types are those of the query, by which it is found. */
  readonly handler: QueryHandler<unknown, unknown, Problem, never>
  readonly metrics: DispatchMetrics.DispatchMetrics
}

/** What a caller who may not ask is told. */
export type Refusal = Forbidden | SignInIncomplete

const refusedScope = (query: Any) => problem(outOfScope(query.access, {}))

/** The answer for somebody who is narrowed to a part of the scheduler. */
const narrowed = Effect.fnUntraced(function* ({ handler, query }: Slot, request: unknown, principal: Principal) {
  const allows = within(principal)
  if (handler.everything === true) return yield* handler.ask(request)
  if (handler.guard !== undefined) {
    if (!(yield* handler.guard(request, allows))) return yield* refusedScope(query)
    if (handler.narrow === undefined) return yield* handler.ask(request)
  }
  if (handler.narrow === undefined) return yield* refusedScope(query)
  const answer = handler.narrow(yield* handler.ask(request), allows)
  return answer === undefined ? yield* refusedScope(query) : answer
})

/**
 * Asks queries: each with who may ask it, what part of the answer the caller may see, a duration and, in a trace, a span of
 * its own.
 */
export class Queries extends Context.Service<
  Queries,
  {
    /** All queries that have a handler, by name. */
    readonly all: ReadonlyMap<string, Any>
    handle<Request, Answer, E extends Problem, R>(
      query: Query<Request, Answer, E, R>,
      handler: QueryHandler<Request, Answer, E, R>
    ): void
    ask<Request, Answer, E extends Problem, R>(
      query: Query<Request, Answer, E, R>,
      request: Request
    ): Effect.Effect<Answer, E | Refusal, R | CurrentPrincipal>
    /** Asks what everybody may ask, also who is not known. */
    askOpenly<Request, Answer, E extends Problem, R>(
      query: Query<Request, Answer, E, R>,
      request: Request
    ): Effect.Effect<Answer, E, R>
  }
>()("@resync/gateway/Queries") {}

/** No generator and no copy of the context: this is on the way of each request. */
export const make = (): Queries["Service"] => {
  const slots = new Map<Any, Slot>()
  const all = new Map<string, Any>()

  /** With a duration and, in a trace, a span. */
  const told = (
    slot: Slot,
    answer: Effect.Effect<unknown, Problem>,
    fiber: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<unknown, Problem> => {
    const context = fiber.context
    const clock = fiber.getRef(Clock.Clock)
    const began = clock.currentTimeNanosUnsafe()
    const span = fiber.cache.span
    const traced =
      span?._tag === "Span" && span.sampled
        ? Effect.withSpan(answer, slot.query.name, { captureStackTrace: false, attributes: { "resync.kind": "query" } })
        : answer
    return Effect.onExitPrimitive(traced, (exit: Exit.Exit<unknown, Problem>) => {
      slot.metrics.record(outcomeOf(exit), Number(clock.currentTimeNanosUnsafe() - began) / 1e9, context)
      return undefined
    })
  }

  const run = (slot: Slot, request: unknown, fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<unknown, Problem> => {
    const principal = Context.getUnsafe(fiber.context, CurrentPrincipal) as Principal
    const denial = denied(slot.query.access, principal)
    if (denial !== undefined) return Effect.fail(problem(denial))
    return told(
      slot,
      principal.scopes.length === 0 ? slot.handler.ask(request) : narrowed(slot, request, principal),
      fiber
    )
  }

  const unknown = (query: Any) => Effect.die(new Error(`no handler for the query ${query.name}`))

  return {
    all,
    handle: (query, handler) => {
      slots.set(query, {
        query,
        handler: handler as unknown as Slot["handler"],
        metrics: DispatchMetrics.make("query", query.name)
      })
      all.set(query.name, query)
    },
    ask: <Request, Answer, E extends Problem, R>(query: Query<Request, Answer, E, R>, request: Request) => {
      const slot = slots.get(query)
      if (slot === undefined) return unknown(query)
      // A handler is kept under its query and has the query's types.
      return Effect.withFiber((fiber) => run(slot, request, fiber)) as unknown as Effect.Effect<
        Answer,
        E | Refusal,
        R | CurrentPrincipal
      >
    },
    askOpenly: <Request, Answer, E extends Problem, R>(query: Query<Request, Answer, E, R>, request: Request) => {
      const slot = slots.get(query)
      if (slot === undefined) return unknown(query)
      if (query.access !== "public") return Effect.die(new Error(`not everybody may ask ${query.name}`))
      return Effect.withFiber((fiber) => told(slot, slot.handler.ask(request), fiber)) as unknown as Effect.Effect<
        Answer,
        E,
        R
      >
    }
  }
}
