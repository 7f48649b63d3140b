import type { Plan } from "../plan/Plan.ts"
import { modelId, planId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { isReachable, type WorkstationState } from "../plan/WorkstationState.ts"
import { isoInstant } from "./Instant.ts"
import { folderIdOf } from "./Naming.ts"

/** The states that are active for a workstation; none for one that there is not. */
export const activeStates = (one: WorkstationState | undefined): ReadonlyArray<string> => {
  if (one === undefined) return []
  const control = one.definition.type === "MANAGER"
  const states: Array<string> = ["IS_INITED"]
  if (control) states.push("MASTER")
  if (one.definition.type === "WORKLOAD_BROKER") states.push("BROKER")
  if (one.linked) states.push("LINKED", "TCP_IP_LINKED")
  if (one.linked && one.started) states.push("FULLY_LINKED", "WRITER_RUNNING")
  if (one.started) states.push("START", "JOBMAN_UP")
  if (isReachable(one)) states.push("ONLINE", "RUNNING")
  if (one.eventMonitoring) states.push("MONMAN")
  if (one.eventProcessor) states.push("EVT_PROC_RUNNING")
  return states
}

const actions = (one: WorkstationState): ReadonlyArray<{ readonly key: string }> =>
  [
    one.linked ? "UNLINK_WORKSTATION" : "LINK_WORKSTATION",
    one.started ? "STOP_WORKSTATION" : "START_WORKSTATION",
    one.online ? "SET_OFFLINE" : "SET_ONLINE",
    "UPDATE_LIMIT",
    "UPDATE_FENCE"
  ].map((key) => ({ key }))

/** A workstation of the plan in the form of V2. */
export const workstationView = (plan: Plan, index: number) => {
  const one = plan.workstations[index]
  if (one === undefined) return {}
  const { definition } = one
  const id = modelId(plan, IdKind.workstation, index)
  const agent = definition.type === "AGENT" || definition.type === "POOL"
  return {
    engineId: modelId(plan, IdKind.engine, 0),
    id,
    persistentId: id,
    planId: planId(plan),
    folderId: folderIdOf(plan, "/"),
    folder: "/",
    name: definition.name,
    key: `/${definition.name}`,
    runNumber: plan.epoch,
    description: definition.description,
    activeStates: activeStates(one),
    activeFlags: ["AUTO_LINK", ...(index < 2 ? ["FULL_STATUS"] : [])],
    type: definition.type,
    hostType: index === 0 ? "MASTER" : agent ? "WORKSTATION" : "MANAGER",
    os: definition.os,
    timeZone: definition.timeZone,
    nodeName: definition.node,
    tcpPort: agent ? 31_114 : 31_111,
    domainName: "MASTERDM",
    limit: one.limit,
    fence: one.fence,
    ...(agent ? { agentId: id.replaceAll("-", "").toUpperCase(), hostWorkstation: "/MDM_DWB" } : {}),
    version: "10.2.8.00",
    userInfo: "wauser",
    requested: 0,
    createdTimestamp: isoInstant(plan.dayStart),
    timeStarted: isoInstant(one.startedAt),
    securityLevel: agent ? "HTTPS" : "ENABLED",
    sslPort: 31_113,
    actions: actions(one),
    ignore: one.ignore,
    archived: false
  }
}
