import { dependenciesOfJob, dependenciesOfStream, successorsOfJob, successorsOfStream } from "../plan/Dependency.ts"
import { jobNode, type Plan, streamNode } from "../plan/Plan.ts"
import { jobStreamView } from "./JobStreamV2.ts"
import { jobView } from "./JobV2.ts"

type Step = (plan: Plan, node: number) => ReadonlyArray<number>

/** The nodes that a node waits for. */
export const before: Step = (plan, node) => {
  const row = node >> 1
  const dependencies = node % 2 === 0 ? dependenciesOfJob(plan, row) : dependenciesOfStream(plan, row)
  return dependencies.flatMap((one) =>
    one.kind === "job" ? [jobNode(one.target)] : one.kind === "stream" ? [streamNode(one.target)] : []
  )
}

/** The nodes that wait for a node. */
export const after: Step = (plan, node) => {
  const row = node >> 1
  const next = node % 2 === 0 ? successorsOfJob(plan, row) : successorsOfStream(plan, row)
  return [...next.jobs.map(jobNode), ...next.streams.map(streamNode)]
}

/** No walk returns more nodes than this. */
const maxNodes = 10_000

/** The nodes within this many steps, the nearest first. */
export const walk = (plan: Plan, start: number, step: Step, depth: number): ReadonlyArray<number> => {
  const seen = new Set([start])
  let level: ReadonlyArray<number> = [start]
  for (let i = 0; i < depth && level.length > 0 && seen.size < maxNodes; i++) {
    const next: Array<number> = []
    for (const node of level) {
      for (const other of step(plan, node)) {
        if (seen.has(other)) continue
        seen.add(other)
        next.push(other)
      }
    }
    level = next
  }
  seen.delete(start)
  return [...seen]
}

/** A job or a stream, as its `flowNodeType` says. */
export const flowNodeView = (plan: Plan, node: number) =>
  node % 2 === 0
    ? jobView(plan, node >> 1, { definition: false, dependencies: false })
    : jobStreamView(plan, node >> 1, { dependencies: false })
