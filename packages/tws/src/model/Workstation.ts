import { Schema } from "effect"
import { WorkstationId } from "./Ids.ts"
import { openEnum } from "./OpenEnum.ts"
import { Instant } from "./Times.ts"

/** What a workstation is. */
export const WorkstationType = openEnum([
  "AGENT",
  "POOL",
  "D-POOL",
  "REM-ENG",
  "MANAGER",
  "FTA",
  "X-AGENT",
  "S-AGENT",
  "WORKLOAD_BROKER",
  "DOMAIN_MANAGER"
])
export type WorkstationType = typeof WorkstationType.Type

/** A thing that is true of a workstation at the moment. */
export const WorkstationState = openEnum([
  "MASTER",
  "MANAGER",
  "LINKED",
  "FULLY_LINKED",
  "DIRECTLY_LINKED",
  "HOST_LINKED",
  "EXTENDED_LINKED",
  "BROKER",
  "START",
  "RUNNING",
  "TCP_IP_LINKED",
  "MONMAN",
  "INSTALLED_AND_RUNNING",
  "INSTALLED",
  "UPDATE",
  "SERVER_STARTED",
  "SERVER_RESTARTING",
  "ONLINE",
  "WRITER_RUNNING",
  "JOBMAN_UP",
  "WRITER_UP",
  "EVT_PROC_RUNNING",
  "SSM_RUNNING",
  "CONFIG_UPDATED",
  "BEHIND_FIREWALL",
  "IS_INITED"
])
export type WorkstationState = typeof WorkstationState.Type

/** A workstation of the plan: an agent, a pool, the master. */
export const Workstation = Schema.Struct({
  id: WorkstationId,
  key: Schema.optionalKey(Schema.String),
  name: Schema.String,
  folder: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(WorkstationType),
  /** Whether jobs can reach it: one of the engine's linked states holds. */
  linked: Schema.Boolean,
  /** Whether its own processes run. */
  running: Schema.Boolean,
  states: Schema.Array(WorkstationState),
  flags: Schema.Array(Schema.String),
  /** How many jobs may run there at once. Agents have 0 after installation: then all their jobs wait. */
  limit: Schema.optionalKey(Schema.Int),
  /** Jobs whose priority is not above this wait. */
  fence: Schema.optionalKey(Schema.Int),
  /** Whether the plan leaves the workstation out. */
  ignored: Schema.Boolean,
  os: Schema.optionalKey(openEnum(["WINDOWS", "UNIX", "LINUX", "ZOS", "AIX", "HPUX", "SOLARIS", "AS400", "OTHER"])),
  version: Schema.optionalKey(Schema.String),
  timeZone: Schema.optionalKey(Schema.String),
  node: Schema.optionalKey(Schema.String),
  port: Schema.optionalKey(Schema.Int),
  host: Schema.optionalKey(Schema.String),
  domain: Schema.optionalKey(Schema.String),
  agentId: Schema.optionalKey(Schema.String),
  /** The number of the plan the workstation works on; one that differs from the master's works on an old plan. */
  runNumber: Schema.optionalKey(Schema.Int),
  startedAt: Schema.optionalKey(Instant)
}).annotate({ identifier: "Workstation" })
export interface Workstation extends Schema.Schema.Type<typeof Workstation> {}
