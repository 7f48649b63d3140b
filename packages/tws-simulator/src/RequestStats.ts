import { Context, Effect, Layer, Ref } from "effect"

/** A request for a change, and why it was made as its `Justification-` headers say. */
export interface RequestedChange {
  readonly user: string
  readonly method: string
  readonly path: string
  readonly category?: string
  readonly description?: string
  readonly ticket?: string
}

const changesKept = 100

/** What came in since the start or the last reset. */
export interface Statistics {
  /** Requests by method and route, for example `GET /twsd/api/v2/plan/job/{job_id}`. */
  readonly requests: Record<string, number>
  /** Answers by status; a request without an answer (reset, hang) is not among them. */
  readonly statuses: Record<string, number>
  /** Faults that happened, by kind. */
  readonly faults: Record<string, number>
  /** The last hundred requests that asked for a change, the newest last, with the reason that came with them. */
  readonly changes: ReadonlyArray<RequestedChange>
  readonly connections: { readonly opened: number; readonly open: number; readonly peak: number }
}

const none: Statistics = {
  requests: {},
  statuses: {},
  faults: {},
  changes: [],
  connections: { opened: 0, open: 0, peak: 0 }
}

const counted = (counts: Record<string, number>, key: string): Record<string, number> => ({
  ...counts,
  [key]: (counts[key] ?? 0) + 1
})

/** Counts requests, answers, faults and connections. */
export class RequestStats extends Context.Service<
  RequestStats,
  {
    readonly get: Effect.Effect<Statistics>
    /** Starts counting anew; connections that are open stay counted as open. */
    readonly reset: Effect.Effect<void>
    request(route: string): Effect.Effect<void>
    status(status: number): Effect.Effect<void>
    fault(kind: string): Effect.Effect<void>
    change(change: RequestedChange): Effect.Effect<void>
    readonly connected: Effect.Effect<void>
    readonly disconnected: Effect.Effect<void>
  }
>()("@resync/tws-simulator/RequestStats") {
  static readonly layer = Layer.effect(
    RequestStats,
    Effect.gen(function* () {
      const stats = yield* Ref.make(none)
      return RequestStats.of({
        get: Ref.get(stats),
        reset: Ref.update(stats, ({ connections: { open } }) => ({
          ...none,
          connections: { opened: 0, open, peak: open }
        })),
        request: (route) => Ref.update(stats, (now) => ({ ...now, requests: counted(now.requests, route) })),
        status: (status) => Ref.update(stats, (now) => ({ ...now, statuses: counted(now.statuses, String(status)) })),
        fault: (kind) => Ref.update(stats, (now) => ({ ...now, faults: counted(now.faults, kind) })),
        change: (change) =>
          Ref.update(stats, (now) => ({ ...now, changes: [...now.changes, change].slice(-changesKept) })),
        connected: Ref.update(stats, (now) => ({
          ...now,
          connections: {
            opened: now.connections.opened + 1,
            open: now.connections.open + 1,
            peak: Math.max(now.connections.peak, now.connections.open + 1)
          }
        })),
        disconnected: Ref.update(stats, (now) => ({
          ...now,
          connections: { ...now.connections, open: now.connections.open - 1 }
        }))
      })
    })
  )
}
