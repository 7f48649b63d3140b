import {
  externalPredecessor,
  externalSuccessors,
  innerPredecessor,
  innerReach,
  secondPredecessor
} from "./Blueprint.ts"
import { resourceOfJob } from "./JobDefinition.ts"
import { JobFlag, Status, satisfies } from "./JobStatus.ts"
import { isPlanned, jobNode, jobsOfStream, type Plan, positionOf, StreamFlag, streamNode } from "./Plan.ts"

/** Something that a job or a stream waits for; `target` is a row or an index of its kind. */
export interface Dependency {
  readonly kind: "job" | "stream" | "prompt" | "file" | "resource"
  readonly target: number
  readonly quantity: number
}

/** What operators changed about the dependencies of one node. */
export interface DependencyEdits {
  readonly added: Array<Dependency>
  readonly removed: Set<string>
}

export const dependencyKey = (dependency: Dependency): string => `${dependency.kind}:${dependency.target}`

const dependency = (kind: Dependency["kind"], target: number, quantity = 1): Dependency => ({ kind, target, quantity })

/** The last job row of a planned stream. */
const lastJob = (plan: Plan, stream: number): number =>
  plan.streams.first.get(stream) + plan.streams.size.get(stream) - 1

const plannedOfStream = (plan: Plan, stream: number, found: Array<Dependency>): void => {
  if (!isPlanned(plan, stream)) return
  const external = externalPredecessor(plan.blueprint, stream)
  if (external !== undefined) {
    found.push(
      external.kind === "stream"
        ? dependency("stream", external.stream)
        : dependency("job", lastJob(plan, external.stream))
    )
  }
  const prompt = plan.promptOfStream.get(stream)
  if (prompt !== undefined) found.push(dependency("prompt", prompt))
  const file = plan.fileOfStream.get(stream)
  if (file !== undefined) found.push(dependency("file", file))
}

const plannedOfJob = (plan: Plan, job: number, found: Array<Dependency>): void => {
  if (plan.adHoc.has(job)) return
  const stream = plan.jobs.stream.get(job)
  const definition = plan.streams.definition.get(stream)
  const first = plan.streams.first.get(stream)
  const position = positionOf(plan, job)
  const near = innerPredecessor(plan.blueprint, definition, position)
  if (near >= 0) found.push(dependency("job", first + near))
  const far = secondPredecessor(plan.blueprint, definition, position)
  if (far >= 0) found.push(dependency("job", first + far))
  const resource = resourceOfJob(plan.blueprint, definition, position)
  if (resource >= 0) found.push(dependency("resource", resource))
}

const edited = (plan: Plan, node: number, found: Array<Dependency>): Array<Dependency> => {
  const edits = plan.edits.get(node)
  if (edits === undefined) return found
  return [...found.filter((one) => !edits.removed.has(dependencyKey(one))), ...edits.added]
}

/** What a stream waits for besides its time. */
export const dependenciesOfStream = (plan: Plan, stream: number): Array<Dependency> => {
  const found: Array<Dependency> = []
  plannedOfStream(plan, stream, found)
  return edited(plan, streamNode(stream), found)
}

/** What a job waits for besides its stream. */
export const dependenciesOfJob = (plan: Plan, job: number): Array<Dependency> => {
  const found: Array<Dependency> = []
  plannedOfJob(plan, job, found)
  return edited(plan, jobNode(job), found)
}

/** True once every job of the stream is done well, or the stream was cancelled. */
export const isStreamSatisfied = (plan: Plan, stream: number): boolean => {
  const flags = plan.streams.flags.get(stream)
  if ((flags & StreamFlag.canceled) !== 0) return true
  if ((flags & StreamFlag.done) === 0) return false
  return jobsOfStream(plan, stream).every((job) => isJobSatisfied(plan, job))
}

export const isJobSatisfied = (plan: Plan, job: number): boolean => {
  const status = plan.jobs.status.get(job)
  return satisfies(status) || (status === Status.ABEND && (plan.jobs.flags.get(job) & JobFlag.continued) !== 0)
}

/** Resources are always met here: they are taken, or waited for, at the launch. */
export const isSatisfied = (plan: Plan, one: Dependency): boolean => {
  switch (one.kind) {
    case "job":
      return isJobSatisfied(plan, one.target)
    case "stream":
      return isStreamSatisfied(plan, one.target)
    case "prompt":
      return plan.prompts[one.target]?.status === "ANSWERED_YES"
    case "file":
      return plan.files[one.target]?.status === "Exists"
    case "resource":
      return true
  }
}

/** The rows that wait for a job: other jobs of its stream, streams that follow it, and what operators added. */
export const successorsOfJob = (plan: Plan, job: number): { jobs: Array<number>; streams: Array<number> } => {
  const jobs: Array<number> = []
  const streams: Array<number> = []
  const stream = plan.jobs.stream.get(job)
  if (!plan.adHoc.has(job)) {
    const size = plan.streams.size.get(stream)
    const first = plan.streams.first.get(stream)
    const definition = plan.streams.definition.get(stream)
    const position = job - first
    for (let next = position + 1; next <= position + innerReach && next < size; next++) {
      const follows =
        innerPredecessor(plan.blueprint, definition, next) === position ||
        secondPredecessor(plan.blueprint, definition, next) === position
      if (follows && !isRemoved(plan, jobNode(first + next), "job", job)) jobs.push(first + next)
    }
    if (isPlanned(plan, stream) && position === size - 1) followingStreams(plan, stream, "job", job, streams)
  }
  return withFollowers(plan, jobNode(job), jobs, streams)
}

/** The rows that wait for a whole stream. */
export const successorsOfStream = (plan: Plan, stream: number): { jobs: Array<number>; streams: Array<number> } => {
  const streams: Array<number> = []
  if (isPlanned(plan, stream)) followingStreams(plan, stream, "stream", stream, streams)
  return withFollowers(plan, streamNode(stream), [], streams)
}

const followingStreams = (
  plan: Plan,
  stream: number,
  kind: "job" | "stream",
  target: number,
  found: Array<number>
): void => {
  for (const next of externalSuccessors(plan.blueprint, stream)) {
    if (externalPredecessor(plan.blueprint, next)?.kind !== kind) continue
    if (!isRemoved(plan, streamNode(next), kind, target)) found.push(next)
  }
}

const isRemoved = (plan: Plan, node: number, kind: "job" | "stream", target: number): boolean =>
  plan.edits.get(node)?.removed.has(`${kind}:${target}`) ?? false

const withFollowers = (plan: Plan, node: number, jobs: Array<number>, streams: Array<number>) => {
  for (const follower of plan.followers.get(node) ?? []) {
    if (follower % 2 === 0) jobs.push(follower >> 1)
    else streams.push(follower >> 1)
  }
  return { jobs, streams }
}
