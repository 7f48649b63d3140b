import { Duration, Effect, Latch, Metric, type Scope, Semaphore } from "effect"
import type { BatchConfig } from "../TelemetryConfig.ts"
import type { OtlpEndpoint } from "./OtlpEndpoint.ts"

export interface BatchExporter<A> {
  /** Never blocks, never fails. */
  readonly offer: (item: A) => void
}

/** Longest time that closing waits for what is held to be sent. */
export const shutdownTimeout = Duration.seconds(3)

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(name, { description, attributes, incremental: true })

/** The counters of the semantic conventions for SDKs: https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/ */
const counters = (signal: "span" | "log") => {
  const unit = `{${signal}}`
  const exported = (attributes: Record<string, string>) =>
    counter(`otel.sdk.exporter.${signal}.exported`, "Handed to the collector, or lost where error.type is set", {
      unit,
      ...attributes
    })
  return {
    sent: exported({}),
    failed: (type: string) => exported({ "error.type": type }),
    dropped: counter(`otel.sdk.processor.${signal}.processed`, "Dropped because the queue was full", {
      unit,
      "error.type": "queue_full"
    })
  }
}

/**
 * Collects items and sends them in batches, one batch at a time, off the way of whoever offers them. Bounded in memory:
 * a collector that is slow, dead or hanging costs items, which are counted, and nothing else.
 */
export const make = Effect.fnUntraced(function* <A>(
  signal: "span" | "log",
  endpoint: OtlpEndpoint,
  encode: (items: ReadonlyArray<A>) => Uint8Array | string,
  options: BatchConfig
): Effect.fn.Return<BatchExporter<A>, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const { dropped, failed, sent } = counters(signal)
  sent.updateUnsafe(0, context)
  dropped.updateUnsafe(0, context)

  const queue: Array<A> = []
  const full = Latch.makeUnsafe(false)
  const sending = Semaphore.makeUnsafe(1)

  const sendBatch = Effect.suspend(() => {
    const batch = queue.splice(0, options.batchSize)
    return Effect.suspend(() => endpoint.send(encode(batch))).pipe(
      Effect.matchCause({
        onSuccess: () => sent.updateUnsafe(batch.length, context),
        onFailure: (cause) => {
          const reason = cause.reasons[0]
          const type = reason?._tag === "Fail" ? reason.error.reason : (reason?._tag ?? "unknown")
          failed(type).updateUnsafe(batch.length, context)
        }
      })
    )
  })

  /** Sends batches until `count` items have left. What arrives meanwhile waits for its own batch to fill. */
  const send = (count: () => number) =>
    sending.withPermit(
      Effect.suspend(() => {
        let left = count()
        return Effect.whileLoop({
          while: () => left > 0 && queue.length > 0,
          body: () => sendBatch,
          step: () => {
            left -= options.batchSize
          }
        })
      })
    )
  const fullBatches = send(() => queue.length - (queue.length % options.batchSize))
  const everything = send(() => queue.length)

  yield* full.await.pipe(
    Effect.timeoutOption(options.delay),
    Effect.tap(() => full.close),
    Effect.flatMap((filled) => (filled._tag === "Some" ? fullBatches : everything)),
    Effect.forever,
    Effect.forkScoped
  )
  // Runs before the loop above is interrupted, and waits for the batch that is on its way.
  yield* Effect.addFinalizer(() => Effect.timeoutOption(everything, shutdownTimeout))

  return {
    offer: (item) => {
      if (queue.length >= options.queueSize) {
        dropped.updateUnsafe(1, context)
        return
      }
      queue.push(item)
      if (queue.length === options.batchSize) full.openUnsafe()
    }
  }
})
