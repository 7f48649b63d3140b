import type { Accepted, Expectation } from "@resync/tws/model/Accepted"
import type { JobId, JobStreamId, ModelObjectId, PromptId, WorkstationId } from "@resync/tws/model/Ids"
import type { JobAction } from "@resync/tws/model/JobAction"
import type { JobStreamAction } from "@resync/tws/model/JobStreamAction"
import type { Justification } from "@resync/tws/model/Justification"
import type { WorkstationAction } from "@resync/tws/model/WorkstationAction"
import { type ActionOptions, Tws } from "@resync/tws/Tws"
import { TwsObjectNotFound } from "@resync/tws/TwsError"
import { DateTime, Effect, type Schema } from "effect"
import type { CommandHandler, Failed } from "../dispatch/Command.ts"
import { Commands } from "./pipeline/Commands.ts"
import * as Fate from "./pipeline/Fate.ts"
import * as RerunReach from "./RerunReach.ts"
import * as Kinds from "./TwsCommandKinds.ts"
import * as Targets from "./TwsTargets.ts"

type Failure = Parameters<typeof Fate.of>[0]
type Handler<Request> = CommandHandler<Request, Accepted, Kinds.TwsCommandProblem>
type Outcome = Effect.Effect<Accepted, Failed<Kinds.TwsCommandProblem>>

interface Request<Id> {
  readonly id: Id
  readonly justification?: Justification
}

/** The action itself, without what says on what and why. */
const options = <R extends Request<string>>({ id: _, justification: __, ...rest }: R) => rest

/** An answer that was lost, by what the plan shows. */
const found = (expects: Expectation, acceptedAt: DateTime.Utc): Accepted => ({ ids: [], acceptedAt, expects })

const handler = <R extends Request<string>>(
  look: Handler<R>["look"],
  act: (request: R, options: ActionOptions) => Outcome
): Handler<R> => ({
  ...(look === undefined ? {} : { look }),
  act: (request) => act(request, { justification: request.justification }),
  expects: ({ expects }) => expects,
  found
})

const acting = <E extends Failure>(action: Effect.Effect<Accepted, E>) => Effect.mapError(action, Fate.of<E>) as Outcome

/** Job streams that were submitted from a definition are searched for among so many of its name. */
const searched = 1_000

/** Puts the handlers of all actions on the scheduler in place. */
export const register = Effect.gen(function* () {
  const tws = yield* Tws
  const { handle } = yield* Commands
  const justified = ({ justification }: Request<string>): ActionOptions => ({ justification })

  const reach = RerunReach.make(tws)

  const job = <R extends Request<JobId>>(actionOf: (request: R) => JobAction): Handler<R> =>
    handler(
      Effect.fnUntraced(function* (request) {
        const action = actionOf(request)
        const { value } = yield* Effect.mapError(tws.job(request.id), Fate.ofLook)
        const knownRuns = action._tag === "Rerun" ? { knownRuns: value.runs.map(({ id }) => id) } : {}
        const seen = Targets.ofJob(value)
        const touched = yield* reach(request.id, action)
        return {
          ...seen,
          expects: { _tag: "Job", id: request.id, action, ...knownRuns },
          ...(touched.length === 0
            ? {}
            : { parts: [seen.target, ...touched].map((target) => ({ command: Kinds.RerunJob.name, target })) })
        }
      }),
      (request) => acting(tws.actOnJob(request.id, actionOf(request), justified(request)))
    )
  handle(
    Kinds.CancelJob,
    job((request) => ({ _tag: "Cancel", ...options(request) }))
  )
  handle(
    Kinds.RerunJob,
    job((request) => ({ _tag: "Rerun", ...options(request) }))
  )
  handle(
    Kinds.KillJob,
    job(() => ({ _tag: "Kill" }))
  )
  handle(
    Kinds.HoldJob,
    job(() => ({ _tag: "Hold" }))
  )
  handle(
    Kinds.ReleaseJob,
    job(() => ({ _tag: "Release" }))
  )
  handle(
    Kinds.ConfirmJob,
    job(({ outcome }) => ({ _tag: outcome === "success" ? "ConfirmSuccess" : "ConfirmAbend" }))
  )

  const jobStream = <R extends Request<JobStreamId>>(actionOf: (request: R) => JobStreamAction): Handler<R> =>
    handler(
      (request) =>
        Effect.mapBoth(tws.jobStream(request.id), {
          onSuccess: ({ value }) => ({
            ...Targets.ofJobStream(value),
            expects: { _tag: "JobStream", id: request.id, action: actionOf(request) }
          }),
          onFailure: Fate.ofLook
        }),
      (request) => acting(tws.actOnJobStream(request.id, actionOf(request), justified(request)))
    )
  handle(
    Kinds.CancelJobStream,
    jobStream((request) => ({ _tag: "Cancel", ...options(request) }))
  )
  handle(
    Kinds.HoldJobStream,
    jobStream(() => ({ _tag: "Hold" }))
  )
  handle(
    Kinds.ReleaseJobStream,
    jobStream(() => ({ _tag: "Release" }))
  )

  const workstation = (action: WorkstationAction): Handler<Request<WorkstationId>> =>
    handler(
      ({ id }) =>
        Effect.mapBoth(tws.workstation(id), {
          onSuccess: ({ value }) => ({ ...Targets.ofWorkstation(value), expects: { _tag: "Workstation", id, action } }),
          onFailure: Fate.ofLook
        }),
      (request) => acting(tws.actOnWorkstation(request.id, action, justified(request)))
    )
  handle(Kinds.LinkWorkstation, workstation({ _tag: "Link" }))
  handle(Kinds.UnlinkWorkstation, workstation({ _tag: "Unlink" }))
  handle(Kinds.StartWorkstation, workstation({ _tag: "Start" }))
  handle(Kinds.StopWorkstation, workstation({ _tag: "Stop" }))

  const lookAtPrompt = (id: PromptId, answer: boolean) =>
    tws.prompts({ limit: 1_000 }).pipe(
      Effect.flatMap(({ value }) => {
        const prompt = value.items.find((one) => one.id === id)
        return prompt === undefined
          ? Effect.fail(new TwsObjectNotFound({ kind: "prompt", id }))
          : Effect.succeed({ ...Targets.ofPrompt(prompt), expects: { _tag: "Prompt", id, answer } as const })
      }),
      // The query is ours, and is always valid.
      Effect.catchTag("TwsInvalidQuery", Effect.die),
      Effect.mapError(Fate.ofLook)
    )
  handle(
    Kinds.ReplyToPrompt,
    handler(
      ({ answer, id }) => lookAtPrompt(id, answer === "yes"),
      (request) => acting(tws.replyToPrompt(request.id, request.answer === "yes", justified(request)))
    )
  )

  /** The job streams of a definition that the plan has. */
  const inPlan = (id: ModelObjectId) =>
    Effect.gen(function* () {
      const { value: definition } = yield* tws.modelObject("jobstream", id)
      const streams = yield* tws.jobStreams({ limit: searched })
      return { definition, ids: streams.value.items.filter(({ modelId }) => modelId === id).map((stream) => stream.id) }
    }).pipe(Effect.catchTag("TwsInvalidQuery", Effect.die), Effect.mapError(Fate.ofLook))

  handle(Kinds.SubmitJobStream, {
    ...handler(
      ({ id }) => Effect.map(inPlan(id), ({ definition, ids }) => Targets.ofDefinition(id, definition, ids)),
      (request) => acting(tws.submitJobStream(request.id, options(request), justified(request)))
    ),
    // A job stream of the definition that was not there before. Somebody else may have submitted it in the same minute.
    seek: ({ id }, before) =>
      Effect.gen(function* () {
        const known = (before as { readonly inPlan?: ReadonlyArray<Schema.Json> } | undefined)?.inPlan
        const { ids } = yield* inPlan(id)
        const [added] = known === undefined ? [] : ids.filter((one) => !known.includes(one))
        if (added === undefined) return undefined
        return found({ _tag: "SubmittedJobStreams", ids: [added] }, yield* DateTime.now)
      })
  })
})
