import { Dependency } from "@resync/tws/model/Dependency"
import { EngineInfo } from "@resync/tws/model/EngineInfo"
import { FlowGraph } from "@resync/tws/model/FlowNode"
import { Plan } from "@resync/tws/model/Plan"
import { Reachability } from "@resync/tws/model/Reachability"
import { Schema } from "effect"

/** The scheduler as a whole: whether it can be reached, what it is, and the plan in force. */
export const SystemStatus = Schema.Struct({ reachability: Reachability, engine: EngineInfo, plan: Plan }).annotate({
  identifier: "SystemStatus"
})
export interface SystemStatus extends Schema.Schema.Type<typeof SystemStatus> {}

/** What a job waits for by its definition, and its direct neighbours in the plan. */
export const JobDependencies = Schema.Struct({
  dependencies: Schema.Array(Dependency),
  predecessors: FlowGraph,
  successors: FlowGraph
}).annotate({ identifier: "JobDependencies" })
export interface JobDependencies extends Schema.Schema.Type<typeof JobDependencies> {}

/** One figure of the scheduler's own. */
export const PerformanceSample = Schema.Struct({
  name: Schema.String,
  labels: Schema.Record(Schema.String, Schema.String),
  /** Finite: what is not a number, or infinite, is left out. */
  value: Schema.Finite
}).annotate({ identifier: "PerformanceSample" })
export interface PerformanceSample extends Schema.Schema.Type<typeof PerformanceSample> {}
