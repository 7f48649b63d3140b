import type { JobId } from "@resync/tws/model/Ids"
import type { JobLogOptions } from "@resync/tws/model/JobLog"
import type { Tws } from "@resync/tws/Tws"
import { Effect, Pull, Stream } from "effect"
import * as TwsProblem from "../upstream/TwsProblem.ts"

/**
 * The log as it arrives. The first chunk is awaited, so that what fails before it is answered with its problem; what
 * fails later cuts the connection, since the status has been sent by then.
 */
export const stream = Effect.fnUntraced(function* (tws: Tws["Service"], id: JobId, options: JobLogOptions) {
  const log = yield* Effect.mapError(tws.jobLog(id, options), TwsProblem.of)
  const pull = yield* Stream.toPull(Stream.mapError(log.value, TwsProblem.of))
  const first = yield* Pull.catchDone(pull, () => Effect.succeed([]))
  return Stream.fromIterable(first).pipe(
    Stream.concat(first.length === 0 ? Stream.empty : Stream.fromPull(Effect.succeed(pull))),
    Stream.encodeText,
    Stream.orDie
  )
})
