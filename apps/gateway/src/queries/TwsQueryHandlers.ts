import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import * as JobStatusView from "@resync/api/JobStatusView"
import { toItem, toListing } from "@resync/api/Reading"
import type { FlowGraph } from "@resync/tws/model/FlowNode"
import type { JobId } from "@resync/tws/model/Ids"
import type { Page } from "@resync/tws/model/Page"
import type { Reachability } from "@resync/tws/model/Reachability"
import * as Reading from "@resync/tws/model/Reading"
import { Tws } from "@resync/tws/Tws"
import { DateTime, Effect } from "effect"
import { Queries } from "../dispatch/Queries.ts"
import type { Allows } from "../dispatch/Query.ts"
import { within } from "../dispatch/within.ts"
import { PlanEvents } from "../events/PlanEvents.ts"
import * as TwsProblem from "../upstream/TwsProblem.ts"
import * as JobLog from "./JobLog.ts"
import { parseMetrics } from "./parseMetrics.ts"
import { placeOf } from "./placeOf.ts"
import * as Kinds from "./TwsQueryKinds.ts"

type Failure = Parameters<typeof TwsProblem.of>[0]

const item = <A, E extends Failure>(read: Effect.Effect<Reading.Reading<A>, E>) =>
  Effect.mapBoth(read, { onSuccess: toItem, onFailure: TwsProblem.of<E> })

const listing = <A, E extends Failure>(read: Effect.Effect<Reading.Reading<Page<A>>, E>) =>
  Effect.mapBoth(read, { onSuccess: toListing, onFailure: TwsProblem.of<E> })

interface Placed {
  readonly workstation?: string
  readonly folder?: string
}

/** What lies within. How many there are in all is nobody's to know who may not see them. */
const some = <A extends Placed>({ total: _, ...page }: Kinds.Page<A>, allows: Allows): Kinds.Page<A> => ({
  ...page,
  items: page.items.filter(allows)
})
const one = <A extends Placed>(answer: Kinds.One<A>, allows: Allows) => (allows(answer.item) ? answer : undefined)

/**
 * A job's direct neighbours say why it waits and who waits for it, wherever they lie. Of what is further along there is only what
 * lies within: else a walk would tell of the whole plan.
 */
const near = ({ item, ...trust }: Kinds.One<FlowGraph>, allows: Allows): Kinds.One<FlowGraph> => {
  const nodes = item.nodes.filter((node) => node.distance === 1 || allows(node))
  return { ...trust, item: { nodes, truncated: item.truncated || nodes.length < item.nodes.length } }
}

/** The older of two readings tells how far both can be trusted together. */
const both = <A, B, C>(a: Reading.Reading<A>, b: Reading.Reading<B>, f: (a: A, b: B) => C): Reading.Reading<C> => ({
  ...(a.asOf.epochMilliseconds <= b.asOf.epochMilliseconds ? a : b),
  stale: a.stale || b.stale,
  value: f(a.value, b.value)
})

/** Puts the handlers of what can be asked about the plan in place. */
export const register = Effect.gen(function* () {
  const tws = yield* Tws
  const events = yield* PlanEvents
  const { handle } = yield* Queries

  /** That the scheduler does not answer is an answer to this question. */
  const ping: Effect.Effect<Reachability> = Effect.catch(tws.ping, ({ message }) =>
    Effect.map(DateTime.now, (now) => ({ _tag: "Unreachable", since: now, checkedAt: now, reason: message }))
  )
  const everything = { everything: true } as const
  handle(Kinds.Events, {
    // Each event is looked at by itself, for as long as somebody listens.
    ...everything,
    ask: Effect.fnUntraced(function* ({ lastEventId }) {
      const principal = yield* CurrentPrincipal
      return yield* events.frames(lastEventId, principal.scopes.length === 0 ? undefined : within(principal))
    })
  })
  handle(Kinds.Engine, { ...everything, ask: () => item(tws.engine) })
  handle(Kinds.PlanDetails, { ...everything, ask: () => item(tws.plan) })
  handle(Kinds.ConnectionCheck, { ...everything, ask: () => ping })
  handle(Kinds.SystemStatusQuery, {
    ...everything,
    ask: () =>
      item(
        Effect.gen(function* () {
          const [engine, plan] = yield* Effect.all([tws.engine, tws.plan], { concurrency: 2 })
          const reachability = yield* ping
          return both(engine, plan, (engine, plan) => ({ reachability, engine, plan }))
        })
      )
  })
  // Figures over all of the plan: refused to whoever may not see all of it.
  handle(Kinds.Summary, { ask: () => item(tws.summary) })
  handle(Kinds.PerformanceMetrics, {
    ask: () => item(Effect.map(tws.metrics, (text) => Reading.map(text, parseMetrics)))
  })

  handle(Kinds.Jobs, { ask: (query) => listing(tws.jobs(query)), narrow: some })
  handle(Kinds.SearchJobs, {
    ask: ({ q, ...query }) => listing(tws.jobs({ ...query, name: `*${q}*` })),
    narrow: some
  })
  handle(Kinds.JobStatuses, {
    ask: ({ id }) =>
      Effect.map(listing(tws.jobs({ ids: id, limit: id.length })), ({ items, ...page }) => ({
        ...page,
        items: items.map(JobStatusView.ofJob)
      })),
    narrow: some
  })

  handle(Kinds.JobDetails, { ask: ({ id }) => item(tws.job(id)), narrow: one })
  handle(Kinds.JobStatusQuery, {
    ask: ({ id }) => item(Effect.map(tws.job(id), (job) => Reading.map(job, JobStatusView.ofJob))),
    narrow: one
  })
  handle(Kinds.WaitingFor, {
    ask: ({ id }) => item(tws.waiting(id)),
    narrow: (answer, allows) => (allows(answer.item.job) ? answer : undefined)
  })

  /** What belongs to a job is seen by whoever may see the job. */
  const guard = ({ id }: { readonly id: JobId }, allows: Allows) =>
    Effect.mapBoth(tws.job(id), { onSuccess: ({ value }) => allows(value), onFailure: TwsProblem.of })
  handle(Kinds.JobHistory, { ask: ({ id }) => item(tws.jobHistory(id)), guard })
  handle(Kinds.JobLog, { ask: ({ id, ...options }) => JobLog.stream(tws, id, options), guard })
  handle(Kinds.Predecessors, { ask: ({ id, ...options }) => item(tws.predecessors(id, options)), guard, narrow: near })
  handle(Kinds.Successors, { ask: ({ id, ...options }) => item(tws.successors(id, options)), guard, narrow: near })
  handle(Kinds.RerunImpact, { ask: ({ id }) => item(tws.impact(id)), guard })
  handle(Kinds.Dependencies, {
    ask: ({ id }) =>
      item(
        Effect.gen(function* () {
          const [job, before, after] = yield* Effect.all([tws.job(id), tws.predecessors(id), tws.successors(id)], {
            concurrency: 3
          })
          const neighbours = both(before, after, (predecessors, successors) => ({ predecessors, successors }))
          return both(job, neighbours, ({ dependencies = [] }, around) => ({ dependencies, ...around }))
        })
      ),
    guard
  })
  handle(Kinds.CriticalJobs, {
    ask: (query) => item(tws.criticalJobs(query)),
    narrow: ({ item, ...trust }, allows) => ({ ...trust, item: item.filter(allows) })
  })

  handle(Kinds.JobStreams, { ask: (query) => listing(tws.jobStreams(query)), narrow: some })
  handle(Kinds.JobStreamDetails, { ask: ({ id }) => item(tws.jobStream(id)), narrow: one })
  handle(Kinds.Workstations, {
    ask: (query) => listing(tws.workstations(query)),
    narrow: ({ total: _, ...page }, allows) => ({ ...page, items: page.items.filter((one) => allows(placeOf(one))) })
  })
  handle(Kinds.WorkstationDetails, {
    ask: ({ id }) => item(tws.workstation(id)),
    narrow: (answer, allows) => (allows(placeOf(answer.item)) ? answer : undefined)
  })
  handle(Kinds.ResourceUsage, { ask: (query) => listing(tws.resources(query)), narrow: some })
  handle(Kinds.ResourceDetails, { ask: ({ id }) => item(tws.resource(id)), narrow: one })
  handle(Kinds.Prompts, { ask: (query) => listing(tws.prompts(query)), narrow: some })
})
