import * as Spanned from "@resync/telemetry/Spanned"
import { DateTime, Duration, Effect } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Accepted, Confirmation, Expectation } from "../model/Accepted.ts"
import type { ConfirmOptions, Tws } from "../Tws.ts"
import type { TwsError } from "../TwsError.ts"
import { toJobStream } from "../wire/JobStreamInPlan.ts"
import { PromptInPlan, toPrompt } from "../wire/PromptInPlan.ts"
import { toWorkstation, WorkstationInPlan } from "../wire/WorkstationInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, plainly } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import { jobShows, jobStreamShows, workstationShows } from "./Effects.ts"
import { fetchJob } from "./JobReads.ts"
import { fetchJobStream } from "./JobStreamReads.ts"

const decodeWorkstation = jsonDecoder(WorkstationInPlan)
const decodePrompt = jsonDecoder(PromptInPlan)

/** The answers that an effect makes old. */
const tagsOf = (expected: Expectation): ReadonlyArray<string> => {
  switch (expected._tag) {
    case "Job":
      return [tag.jobs, tag.job(expected.id)]
    case "JobStream":
      return [tag.jobs, tag.jobStreams, tag.jobStream(expected.id)]
    case "Workstation":
      return [tag.workstations, tag.workstation(expected.id)]
    case "Prompt":
      return [tag.prompts, tag.jobs, tag.jobStreams]
    case "SubmittedJobs":
    case "SubmittedJobStreams":
      return [tag.jobs, tag.jobStreams]
  }
}

/** Looks in the plan for the effects of accepted actions. */
export const make = (core: Core, prompts: Tws["Service"]["prompts"]): Pick<Tws["Service"], "confirm"> => {
  const operation = "confirm"
  const ask = core.api.ask
  const get = (path: string) => HttpClientRequest.get(`${v2}${path}`, { acceptJson: true })

  /** The mirror shows a new object late, so one that is not there yet is an effect that is not there yet. */
  const there = <A>(self: Effect.Effect<A, ApiError>, shows: (value: A) => boolean): Effect.Effect<boolean, TwsError> =>
    self.pipe(
      Effect.map(shows),
      Effect.catchTag("NotFound", () => Effect.succeed(false)),
      plainly
    )

  const readPrompt = (expected: Extract<Expectation, { readonly _tag: "Prompt" }>) => {
    const answered = expected.answer ? "ANSWERED_YES" : "ANSWERED_NO"
    return ask(
      { operation, policy: "tws_prompts", request: get(`/plan/prompt/${segment(expected.id)}`) },
      decodePrompt
    ).pipe(
      Effect.map((wire) => toPrompt(wire).status === answered),
      // Engines without prompts in V2 list them by V1; a prompt that left the list was answered.
      Effect.catchTag("NotFound", () =>
        prompts({ limit: 1000 }).pipe(
          Effect.map(({ value, stale }) => {
            const prompt = value.items.find(({ id }) => id === expected.id)
            return !stale && (prompt === undefined || prompt.status === answered)
          }),
          Effect.catchTag("TwsInvalidQuery", Effect.die)
        )
      ),
      plainly
    )
  }

  const shows = (expected: Expectation): Effect.Effect<boolean, TwsError> => {
    switch (expected._tag) {
      case "Job":
        return there(fetchJob(core)(operation, "tws_job_details", expected.id), (job) => jobShows(job, expected))
      case "JobStream":
        return there(fetchJobStream(core)(operation, expected.id), (wire) =>
          jobStreamShows(toJobStream(wire), expected)
        )
      case "Workstation":
        return there(
          ask(
            { operation, policy: "tws_workstations", request: get(`/plan/workstation/${segment(expected.id)}`) },
            decodeWorkstation
          ),
          (wire) => workstationShows(toWorkstation(wire), expected)
        )
      case "Prompt":
        return readPrompt(expected)
      case "SubmittedJobs":
        return allThere(expected.ids.map((id) => there(fetchJob(core)(operation, "tws_job_details", id), () => true)))
      case "SubmittedJobStreams":
        return allThere(expected.ids.map((id) => there(fetchJobStream(core)(operation, id), () => true)))
    }
  }

  /** Without an id there is nothing to look for, and nothing is not a proof. */
  const allThere = (looks: ReadonlyArray<Effect.Effect<boolean, TwsError>>): Effect.Effect<boolean, TwsError> =>
    looks.length === 0
      ? Effect.succeed(false)
      : Effect.map(Effect.all(looks, { concurrency: 4 }), (all) => all.every(Boolean))

  const confirm = Spanned.fn("Tws.confirm")(function* (accepted: Accepted, options: ConfirmOptions = {}) {
    const pause = options.every ?? "2 seconds"
    const end = DateTime.addDuration(yield* DateTime.now, options.within ?? "30 seconds")
    let reads = 0
    while (true) {
      const confirmed = yield* shows(accepted.expects)
      reads++
      const checkedAt = yield* DateTime.now
      const next = DateTime.addDuration(checkedAt, pause)
      // What was read between the action and its effect is old by now.
      if (confirmed) yield* core.caches.invalidate(tagsOf(accepted.expects))
      if (confirmed || DateTime.isGreaterThan(next, end)) {
        return { confirmed, reads, checkedAt } satisfies Confirmation
      }
      yield* Effect.sleep(Duration.fromInputUnsafe(pause))
    }
  })

  return { confirm }
}
