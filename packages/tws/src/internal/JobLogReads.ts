import * as Spanned from "@resync/telemetry/Spanned"
import { DateTime, Duration, Effect, type Scope, Stream } from "effect"
import { HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { JobId, JobRunId } from "../model/Ids.ts"
import { lastRun } from "../model/Job.ts"
import type { JobLogOptions } from "../model/JobLog.ts"
import type { Tws } from "../Tws.ts"
import { type TwsError, TwsObjectNotFound, TwsProtocolError, TwsTimeout } from "../TwsError.ts"
import { type ApiCall, about } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"

/** Logs up to this size are kept and shared; a longer one is streamed to each reader by himself. */
const longestKept = 256 * 1024

/** How long the scheduler, which reads the log from the agent, may be silent in the middle of it. */
const silence = Duration.seconds(30)

/** A log that is here as a whole, or the word that it is too long for that. */
type Kept = { readonly text: string } | "long"

/** Reads job logs. */
export const make: (
  core: Core,
  job: Tws["Service"]["job"]
) => Effect.Effect<Pick<Tws["Service"], "jobLog">, never, Scope.Scope> = Effect.fnUntraced(function* (
  { api, caches },
  job
) {
  const cache = yield* caches.make<Kept, TwsError | TwsObjectNotFound>("jobLog", "log")

  const callFor = (run: JobRunId, options: JobLogOptions): ApiCall => ({
    operation: "jobLog",
    policy: "tws_job_log",
    request: HttpClientRequest.get(`${v2}/plan/job/run/${segment(run)}/joblog`, {
      accept: "text/plain",
      urlParams: {
        contentOnly: options.contentOnly === true ? "true" : undefined,
        from_line: options.fromLine,
        to_line: options.toLine
      }
    })
  })

  const chunks = (response: HttpClientResponse.HttpClientResponse): Stream.Stream<string, TwsProtocolError> =>
    response.stream.pipe(
      Stream.mapError(
        (error) => new TwsProtocolError({ operation: "jobLog", detail: `the log broke off: ${error.message}` })
      ),
      Stream.decodeText()
    )

  /** Reads a log as far as it may be kept. */
  const keep = (run: JobRunId, options: JobLogOptions): Effect.Effect<Kept, TwsError | TwsObjectNotFound> =>
    about(
      "run",
      run
    )(
      api.read(callFor(run, options), (response) =>
        Effect.suspend(() => {
          let text = ""
          return chunks(response).pipe(
            Stream.takeWhile(() => text.length <= longestKept),
            Stream.runForEach((chunk) =>
              Effect.sync(() => {
                text += chunk
              })
            ),
            Effect.map((): Kept => (text.length <= longestKept ? { text } : "long"))
          )
        })
      )
    )

  const jobLog = Spanned.fn("Tws.jobLog")(function* (id: JobId, options: JobLogOptions = {}) {
    const run = lastRun((yield* job(id)).value)
    if (run === undefined) return yield* new TwsObjectNotFound({ kind: "run", id })
    const key = [run.id, options.fromLine ?? "", options.toLine ?? "", options.contentOnly ?? false].join(":")
    const kept = yield* cache.get(key, { load: keep(run.id, options), tags: [tag.job(id)] })
    if (kept.value !== "long") return { ...kept, value: Stream.make(kept.value.text) }
    const response = yield* about("run", run.id)(api.open(callFor(run.id, options)))
    // A reader who never pulls would hold the connection; one who did has used the body up, and this does nothing.
    yield* Effect.addFinalizer(() =>
      response.stream.pipe(Stream.take(1), Stream.runDrain, Effect.timeoutOption("1 second"), Effect.ignore)
    )
    const body = Stream.timeoutOrElse(chunks(response), {
      duration: silence,
      orElse: () => Stream.fail(new TwsTimeout({ operation: "jobLog", timeout: silence }))
    })
    return { value: body, asOf: yield* DateTime.now, age: Duration.zero, stale: false }
  })

  return { jobLog }
})
