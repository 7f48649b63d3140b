import { PlanEvent } from "@resync/api/TwsEvents"
import type { Cursor, Page } from "@resync/tws/model/Page"
import type { Reading } from "@resync/tws/model/Reading"
import { Tws } from "@resync/tws/Tws"
import { Context, DateTime, Effect, Layer, RcRef, Ref, Schedule, Schema, type Scope, Stream } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import type { Allows } from "../dispatch/Query.ts"
import { Drain } from "../process/Drain.ts"
import * as EventLog from "./EventLog.ts"
import * as EventStream from "./EventStream.ts"
import * as PlanPicture from "./PlanPicture.ts"

const encode = Schema.encodeSync(Schema.fromJsonString(PlanEvent))
const render = (event: PlanEvent): EventStream.Rendered => ({ event: event._tag, data: encode(event) })

/** What is about no object tells nothing of one. */
const isSeen = (event: PlanEvent, allows: Allows): boolean =>
  event._tag === "SchedulerReachable" || event._tag === "Reset" || allows(event)

/** How much of a large plan is watched, in pages of 1000: the first ones by name. */
const maxPages = 20

/** All pages of a list up to `maxPages`; none when one of them is stale, since an old page would undo what was seen. */
const readPages = Effect.fnUntraced(function* <A, E>(
  read: (page: { readonly limit: number; readonly cursor?: Cursor }) => Effect.Effect<Reading<Page<A>>, E>
) {
  const items: Array<A> = []
  let page = yield* read({ limit: 1000 })
  for (let pages = 1; ; pages++) {
    if (page.stale) return undefined
    items.push(...page.value.items)
    const cursor = page.value.nextCursor
    if (cursor === undefined || pages === maxPages) return items
    page = yield* read({ limit: 1000, cursor })
  }
})

/** Reads what events are made of; nothing when a part of it is stale. */
const readPlan = Effect.fnUntraced(function* (tws: Tws["Service"]) {
  const plan = yield* tws.plan
  const jobs = yield* readPages((page) => tws.jobs({ sort: "name", ...page }))
  const jobStreams = yield* readPages((page) => tws.jobStreams({ sort: "name", ...page }))
  const workstations = yield* readPages((page) => tws.workstations(page))
  if (plan.stale || jobs === undefined || jobStreams === undefined || workstations === undefined) return undefined
  const { id, runNumber, startedAt } = plan.value
  const name = id ?? [runNumber, startedAt === undefined ? "" : DateTime.formatIso(startedAt)].join(" ")
  return { plan: name, jobs, jobStreams, workstations }
})

/**
 * What happens in the plan, for listeners. The scheduler tells nothing by itself, so the plan is read again and again and
 * compared: once for all listeners, only while there are any, and for a minute after, for who comes back.
 */
export class PlanEvents extends Context.Service<
  PlanEvents,
  {
    /** Frames from now on, or from after an event; of objects that `allows` lets through, all of them when absent. */
    frames(
      lastEventId: string | undefined,
      allows: Allows | undefined
    ): Effect.Effect<Stream.Stream<string>, never, Scope.Scope>
  }
>()("@resync/gateway/PlanEvents") {
  static readonly layer = Layer.effect(
    PlanEvents,
    Effect.gen(function* () {
      const tws = yield* Tws
      const drain = yield* Drain
      const { eventsHeartbeat: heartbeat, eventsInterval } = yield* GatewayConfig

      const compare = Effect.fnUntraced(function* (
        log: EventLog.EventLog<PlanEvent>,
        last: Ref.Ref<PlanPicture.PlanPicture | undefined>
      ) {
        const reading = yield* readPlan(tws)
        if (reading === undefined) return
        const at = yield* DateTime.now
        const before = yield* Ref.getAndSet(last, PlanPicture.picture(reading))
        if (before !== undefined) PlanPicture.changes(before, reading, at).forEach(log.publish)
      })

      const watchReachability = (log: EventLog.EventLog<PlanEvent>) =>
        tws.reachability.pipe(
          Stream.filter(({ _tag }) => _tag !== "Unknown"),
          Stream.map(({ _tag }) => _tag === "Reachable"),
          Stream.changes,
          // The first one is how it is, not a change.
          Stream.drop(1),
          Stream.runForEach((reachable) =>
            Effect.map(DateTime.now, (at) => log.publish({ _tag: "SchedulerReachable", at, reachable }))
          )
        )

      const log = yield* RcRef.make({
        acquire: Effect.gen(function* () {
          const log = yield* EventLog.make<PlanEvent>(4096)
          const last = yield* Ref.make<PlanPicture.PlanPicture | undefined>(undefined)
          yield* compare(log, last).pipe(
            // What fails now is read the next time; the breakers and the reachability tell that it failed.
            Effect.catch((error) => Effect.logDebug("plan not read", error)),
            // The plan is compared on after a mistake in here.
            Effect.catchDefect((defect) => Effect.logWarning("The plan could not be compared", defect)),
            Effect.repeat(Schedule.spaced(eventsInterval)),
            Effect.forkScoped
          )
          yield* Effect.forkScoped(watchReachability(log))
          return log
        }),
        idleTimeToLive: "1 minute"
      })

      return PlanEvents.of({
        frames: Effect.fnUntraced(function* (lastEventId, allows) {
          const events = yield* RcRef.get(log)
          return yield* EventStream.frames<PlanEvent>({
            reader: events.reader(lastEventId),
            heartbeat,
            render: allows === undefined ? render : (event) => (isSeen(event, allows) ? render(event) : undefined),
            missed: Effect.map(DateTime.now, (at) => render({ _tag: "Reset", at, reason: "missed" }))
          }).pipe(Effect.provideService(Drain, drain))
        })
      })
    })
  )
}
