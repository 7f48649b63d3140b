import { IdentityUnavailable } from "@resync/api/IdentityProblems"
import type { Problem } from "@resync/api/Problem"
import { Audit } from "@resync/identity/audit/Audit"
import * as Correlation from "@resync/telemetry/Correlation"
import { Clock, Context, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { sourceOf } from "../commands/pipeline/Caller.ts"
import * as DispatchMetrics from "./DispatchMetrics.ts"
import type { Any, Came, Entrance, EntranceHandler } from "./Entrance.ts"
import { outcomeOf } from "./outcomeOf.ts"

interface Slot {
  /** Its types are those of the way in, by which it is found. */
  readonly handler: EntranceHandler<unknown, unknown, Problem>
  readonly metrics: DispatchMetrics.DispatchMetrics
}

/** Lets people in: each way with a duration, a span, and who came in the audit trail. */
export class Entrances extends Context.Service<
  Entrances,
  {
    /** All ways in that have a handler, by name. */
    readonly all: ReadonlyMap<string, Any>
    handle<Request, Answer, E extends Problem>(
      entrance: Entrance<Request, Answer, E>,
      handler: EntranceHandler<Request, Answer, E>
    ): void
    /** Who cannot be written down is not let in. */
    enter<Request, Answer, E extends Problem>(
      entrance: Entrance<Request, Answer, E>,
      request: Request
    ): Effect.Effect<Answer, E | IdentityUnavailable, HttpServerRequest.HttpServerRequest>
  }
>()("@resync/gateway/Entrances") {}

export const make = Effect.gen(function* () {
  const audit = yield* Audit
  const slots = new Map<Any, Slot>()
  const all = new Map<string, Any>()

  const write = Effect.fnUntraced(function* (action: string, { actor, detail }: Came) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const ids = yield* Effect.withFiber((fiber) =>
      Effect.succeed({ correlationId: fiber.getRef(Correlation.CorrelationId), traceId: fiber.cache.span?.traceId })
    )
    yield* audit.append([
      {
        action,
        phase: "event",
        outcome: "done",
        actor,
        source: sourceOf(request),
        detail,
        ...(ids.correlationId === undefined ? {} : { correlationId: ids.correlationId }),
        ...(ids.traceId === undefined ? {} : { traceId: ids.traceId })
      }
    ])
  })

  /** Writes down who came in, or takes it back. */
  const record = Effect.fnUntraced(function* (name: string, { handler }: Slot, answer: unknown) {
    const came = handler.came?.(answer)
    if (came === undefined) return
    yield* Effect.catch(write(name, came), (error) =>
      Effect.logError("A sign-in could not be recorded", error).pipe(
        Effect.andThen(handler.takeBack?.(answer) ?? Effect.void),
        Effect.andThen(
          new IdentityUnavailable({ retryAfter: 5, detail: "Nobody is let in, since it could not be recorded" })
        )
      )
    )
  })

  /** Whoever hangs up in between has come in all the same, and is written down. */
  const run = (name: string, slot: Slot, request: unknown) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.tap(restore(slot.handler.act(request)), (answer) => record(name, slot, answer))
    )

  const enter = Effect.fnUntraced(function* (entrance: Any, request: unknown) {
    const slot = slots.get(entrance)
    if (slot === undefined) return yield* Effect.die(new Error(`no handler for the way in ${entrance.name}`))
    const context = yield* Effect.context()
    const clock = yield* Clock.Clock
    const began = clock.currentTimeNanosUnsafe()
    return yield* run(entrance.name, slot, request).pipe(
      Effect.withSpan(entrance.name, { attributes: { "resync.kind": "command" } }),
      Effect.onExit((exit) =>
        Effect.sync(() =>
          slot.metrics.record(outcomeOf(exit), Number(clock.currentTimeNanosUnsafe() - began) / 1e9, context)
        )
      )
    )
  })

  // A handler is kept under its way in and has its types.
  return {
    all,
    handle: (entrance, handler) => {
      slots.set(entrance, {
        handler: handler as unknown as Slot["handler"],
        metrics: DispatchMetrics.make("command", entrance.name)
      })
      all.set(entrance.name, entrance)
    },
    enter
  } as Entrances["Service"]
})
