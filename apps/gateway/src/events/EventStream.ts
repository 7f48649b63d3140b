import { type Duration, Effect, Option, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { Drain } from "../process/Drain.ts"
import type { Entry, Reader } from "./EventLog.ts"

/** How an event goes over the wire. */
export interface Rendered {
  readonly event: string
  readonly data: string
}

export interface Options<A> {
  readonly reader: Reader<A>
  readonly heartbeat: Duration.Duration
  /** Nothing when the listener did not ask for such an event. */
  readonly render: (event: A) => Rendered | undefined
  /** What to tell a listener that missed events. */
  readonly missed: Effect.Effect<Rendered>
}

/** A comment keeps the connection alive and is nothing to the listener. */
export const heartbeat = ":\n\n"

// Sends the header at once. Not a `retry` field: Effect's client takes that for the end of the stream.
const preamble = ": open\n\n"

/** An event as text. */
export const frame = ({ data, event }: Rendered, id?: string) =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`

const written = <A>(entries: ReadonlyArray<Entry<A>>, render: Options<A>["render"]) =>
  entries.map(({ event, id }) => {
    const rendered = render(event)
    return rendered === undefined ? "" : frame(rendered, id)
  })

/** The answer whose body is a stream of frames. */
export const response = (frames: Stream.Stream<string>) =>
  HttpServerResponse.stream(Stream.encodeText(Stream.prepend(frames, [preamble])), {
    contentType: "text/event-stream",
    // The last one keeps nginx from holding events back.
    headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
  })

/**
 * The frames of server-sent events: heartbeats in silence, an end when the service goes down. The listener sets the pace:
 * while its connection takes nothing, nothing is read from the log.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const frames = Effect.fnUntraced(function* <A>(options: Options<A>) {
  const drain = yield* Drain
  const next = Effect.gen(function* () {
    const batch = yield* Effect.timeoutOption(options.reader, options.heartbeat)
    if (Option.isNone(batch)) return heartbeat
    const { entries, missed } = batch.value
    const told = missed ? frame(yield* options.missed) : ""
    return told + written(entries, options.render).join("")
  })
  return Stream.fromEffectRepeat(next).pipe(
    Stream.filter((text) => text.length > 0),
    Stream.interruptWhen(drain.begun)
  )
})
