import { isProblem, type Problem } from "@resync/api/Problem"
import { type Duration, Effect, Pull, Schedule, Stream } from "effect"
import { Drain } from "../process/Drain.ts"
import * as EventStream from "./EventStream.ts"

const problemEvent = ({ detail, status, title, type, ...rest }: Problem): EventStream.Rendered => {
  const { retryAfter } = rest as { readonly retryAfter?: number }
  return { event: "Problem", data: JSON.stringify({ type, title, status, detail, retryAfter }) }
}

/**
 * A stream with an end as frames of server-sent events. Its first element is awaited, so that what fails before it is answered with its
 * problem; what fails later is the last event. Silence is broken by heartbeats, and the end of the service is the end of the
 * stream.
 */
export const frames = Effect.fnUntraced(function* <A, E extends Problem>(
  stream: Stream.Stream<A, E>,
  options: { readonly heartbeat: Duration.Duration; readonly render: (element: A) => EventStream.Rendered }
) {
  const drain = yield* Drain
  const pull = yield* Stream.toPull(stream)
  const first = yield* Pull.catchDone(pull, () => Effect.succeed([]))
  const events = Stream.fromIterable(first).pipe(
    Stream.concat(first.length === 0 ? Stream.empty : Stream.fromPull(Effect.succeed(pull))),
    Stream.map(options.render),
    Stream.catch((error) => (isProblem(error) ? Stream.succeed(problemEvent(error)) : Stream.die(error))),
    Stream.map((event) => EventStream.frame(event))
  )
  const heartbeats = Stream.as(Stream.fromSchedule(Schedule.spaced(options.heartbeat)), EventStream.heartbeat)
  return Stream.merge(events, heartbeats, { haltStrategy: "left" }).pipe(Stream.interruptWhen(drain.begun))
})
