import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks"
import { getHeapSpaceStatistics } from "node:v8"
import { type Context, Effect, Layer, Metric } from "effect"

/** Delays of the event loop cover a window, which a read ends once it is this old; so two readers do not disturb. */
const windowMillis = 10_000

/** Boundaries that the semantic conventions advise for `v8js.gc.duration`, in seconds. */
const gcBoundaries = [0.01, 0.1, 1, 10]

const gcTypes: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"]
])

interface Pull {
  readonly type: "gauge" | "counter" | "upDownCounter"
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly attributes?: Record<string, string>
  readonly read: () => number
}

/** Registers a metric whose value is read only when somebody collects, so that it costs nothing in between. */
const register = (pull: Pull) =>
  Effect.acquireRelease(
    Effect.contextWith((context: Context.Context<never>) =>
      Effect.sync(() => {
        const options = { description: pull.description, attributes: { ...pull.attributes, unit: pull.unit } }
        const nothing = () => undefined
        const incremental = pull.type === "counter"
        return pull.type === "gauge"
          ? Metric.registerUnsafe(Metric.gauge(pull.name, options), context, {
              get: () => ({ value: pull.read() }),
              update: nothing,
              modify: nothing
            })
          : Metric.registerUnsafe(Metric.counter(pull.name, { ...options, incremental }), context, {
              get: () => ({ count: pull.read(), incremental }),
              update: nothing,
              modify: nothing
            })
      })
    ),
    (registration) => Effect.sync(() => registration.remove())
  )

const eventLoop = Effect.gen(function* () {
  const histogram = monitorEventLoopDelay({ resolution: 20 })
  yield* Effect.acquireRelease(
    Effect.sync(() => histogram.enable()),
    () => Effect.sync(() => histogram.disable())
  )
  // The histogram measures the whole interval of its timer, so its resolution is no delay.
  const seconds = (nanos: number) => (Number.isFinite(nanos) ? Math.max(0, nanos / 1e9 - 0.02) : 0)
  const take = () => ({
    min: histogram.count === 0 ? 0 : seconds(histogram.min),
    max: seconds(histogram.max),
    mean: seconds(histogram.mean),
    stddev: Number.isFinite(histogram.stddev) ? histogram.stddev / 1e9 : 0,
    p50: seconds(histogram.percentile(50)),
    p90: seconds(histogram.percentile(90)),
    p99: seconds(histogram.percentile(99))
  })
  let window = take()
  let since = performance.now()
  let first = true
  const current = () => {
    const now = performance.now()
    if (first || now - since >= windowMillis) {
      window = take()
      if (now - since >= windowMillis) {
        histogram.reset()
        since = now
        first = false
      }
    }
    return window
  }
  for (const name of ["min", "max", "mean", "stddev", "p50", "p90", "p99"] as const) {
    yield* register({
      type: "gauge",
      name: `nodejs.eventloop.delay.${name}`,
      description: `Delay of the event loop: ${name} of the last window`,
      unit: "s",
      read: () => current()[name]
    })
  }
  let last = performance.eventLoopUtilization()
  let utilization = 0
  yield* register({
    type: "gauge",
    name: "nodejs.eventloop.utilization",
    description: "Share of time that the event loop was busy since the last read of at least one second before",
    unit: "1",
    read: () => {
      const now = performance.eventLoopUtilization()
      const since = performance.eventLoopUtilization(now, last)
      if (since.active + since.idle >= 1_000 || utilization === 0) utilization = since.utilization
      if (since.active + since.idle >= 1_000) last = now
      return utilization
    }
  })
  for (const state of ["active", "idle"] as const) {
    yield* register({
      type: "counter",
      name: "nodejs.eventloop.time",
      description: "Time that the event loop has been in each state",
      unit: "s",
      attributes: { "nodejs.eventloop.state": state },
      read: () => performance.eventLoopUtilization()[state] / 1_000
    })
  }
})

const heap = Effect.gen(function* () {
  // All figures of all spaces come from one call; readers ask for them one after the other in the same moment.
  let statistics = getHeapSpaceStatistics()
  let at = performance.now()
  const space = (name: string) => {
    const now = performance.now()
    if (now - at > 100) {
      statistics = getHeapSpaceStatistics()
      at = now
    }
    return statistics.find((candidate) => candidate.space_name === name)
  }
  for (const { space_name } of statistics) {
    const figures = [
      ["v8js.memory.heap.limit", "Heap memory allocated for the space", "space_size"],
      ["v8js.memory.heap.used", "Heap memory in use", "space_used_size"],
      ["v8js.memory.heap.space.available_size", "Heap memory still available", "space_available_size"],
      ["v8js.memory.heap.space.physical_size", "Heap memory committed", "physical_space_size"]
    ] as const
    for (const [name, description, field] of figures) {
      yield* register({
        type: "upDownCounter",
        name,
        description,
        unit: "By",
        attributes: { "v8js.heap.space.name": space_name },
        read: () => space(space_name)?.[field] ?? 0
      })
    }
  }
})

const garbageCollection = Effect.gen(function* () {
  const context = yield* Effect.context<never>()
  const durations = new Map(
    [...gcTypes].map(([kind, type]) => [
      kind,
      Metric.histogram("v8js.gc.duration", {
        description: "Duration of garbage collections",
        boundaries: gcBoundaries,
        attributes: { "v8js.gc.type": type, unit: "s" }
      })
    ])
  )
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = "detail" in entry ? entry.detail : undefined
      const kind = typeof detail === "object" && detail !== null && "kind" in detail ? Number(detail.kind) : 0
      durations.get(kind)?.updateUnsafe(entry.duration / 1_000, context)
    }
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => observer.observe({ entryTypes: ["gc"] })),
    () => Effect.sync(() => observer.disconnect())
  )
})

const processes = Effect.gen(function* () {
  for (const mode of ["user", "system"] as const) {
    yield* register({
      type: "counter",
      name: "process.cpu.time",
      description: "Time of the processor that the process has used",
      unit: "s",
      attributes: { "cpu.mode": mode },
      read: () => process.cpuUsage()[mode] / 1e6
    })
  }
  yield* register({
    type: "upDownCounter",
    name: "process.memory.usage",
    description: "Physical memory in use",
    unit: "By",
    read: () => process.memoryUsage.rss()
  })
  yield* register({
    type: "gauge",
    name: "process.uptime",
    description: "Time that the process has been running",
    unit: "s",
    read: () => process.uptime()
  })
})

/**
 * Metrics of Node, V8 and the process by the names of the semantic conventions: `nodejs.eventloop.*`, `v8js.memory.*`,
 * `v8js.gc.duration`, `process.*`. Values are read when somebody collects; they are gone when the scope closes.
 *
 * https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
 */
export const layer: Layer.Layer<never> = Layer.effectDiscard(
  Effect.all([eventLoop, heap, garbageCollection, processes], { discard: true })
)
