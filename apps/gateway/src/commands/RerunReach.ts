/** What a rerun touches beside its job: for scopes and policies, which hold for all of it. */
import type { AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { JobId } from "@resync/tws/model/Ids"
import type { JobAction, RerunSuccessors } from "@resync/tws/model/JobAction"
import type { Tws } from "@resync/tws/Tws"
import { Array as Arr, Effect } from "effect"
import * as Targets from "./TwsTargets.ts"

/** How many jobs are read at once by their ids. */
const chunk = 100

/** What is not known lies within nothing, and every policy fits it. */
const unknown: AuditTarget = { kind: "job", id: "" }

/** Where the definition lies that runs in the job's place: `/WORKSTATION#/FOLDER/JOB`. */
const ofDefinition = (id: string): AuditTarget => {
  const [, workstation, folder] = /^([^#]+)#(\/(?:.*\/)?)[^/]+$/.exec(id) ?? []
  return workstation === undefined || folder === undefined
    ? { kind: "definition", id }
    : { kind: "definition", id, workstation, folder }
}

export const make = (tws: Tws["Service"]) => {
  const jobs = Effect.fnUntraced(function* (ids: ReadonlyArray<JobId>) {
    const pages = yield* Effect.forEach(Arr.chunksOf(ids, chunk), (some) => tws.jobs({ ids: some, limit: some.length }))
    const byId = new Map(pages.flatMap(({ value }) => value.items).map((job) => [job.id, Targets.ofJob(job).target]))
    return ids.map((id): AuditTarget => byId.get(id) ?? { kind: "job", id })
  })

  const successors = Effect.fnUntraced(function* (id: JobId, which: RerunSuccessors) {
    if (which._tag === "Jobs") return yield* jobs(which.ids)
    const { nodes, truncated } = (yield* tws.successors(id, { depth: which.depth })).value
    const found = yield* jobs(nodes.flatMap((node) => (node._tag === "Job" ? [node.id] : [])))
    const streams = nodes.flatMap(
      ({ _tag, id, name }): ReadonlyArray<AuditTarget> =>
        _tag === "JobStream" ? [{ kind: "jobStream", id, name }] : []
    )
    return [...found, ...streams, ...(truncated ? [unknown] : [])]
  })

  /** Nothing where an action touches its job alone. */
  return (id: JobId, action: JobAction): Effect.Effect<ReadonlyArray<AuditTarget>> =>
    action._tag !== "Rerun"
      ? Effect.succeed([])
      : Effect.map(
          action.successors === undefined
            ? Effect.succeed([])
            : Effect.orElseSucceed(successors(id, action.successors), () => [unknown]),
          (touched) => (action.definition === undefined ? touched : [...touched, ofDefinition(action.definition)])
        )
}
