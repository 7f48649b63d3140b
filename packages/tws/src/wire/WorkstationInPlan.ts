import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { WorkstationId } from "../model/Ids.ts"
import * as Model from "../model/Workstation.ts"
import { field, flag, instant, instantOf, int, text, texts } from "./Field.ts"

/** `WorkstationInPlanV2` */
export const WorkstationInPlan = Schema.Struct({
  id: WorkstationId,
  planId: text,
  key: text,
  name: Schema.String,
  folder: text,
  description: text,
  type: field(Model.WorkstationType),
  activeStates: field(Schema.Array(Model.WorkstationState)),
  activeFlags: texts,
  os: field(Model.Workstation.fields.os.schema),
  timeZone: text,
  nodeName: text,
  tcpPort: int,
  sslPort: int,
  domainName: text,
  hostWorkstation: text,
  limit: int,
  fence: int,
  agentId: text,
  version: text,
  runNumber: int,
  timeStarted: instant,
  createdTimestamp: instant,
  ignore: flag
})

const linked: ReadonlySet<string> = new Set([
  "LINKED",
  "FULLY_LINKED",
  "DIRECTLY_LINKED",
  "HOST_LINKED",
  "EXTENDED_LINKED"
])

const running: ReadonlySet<string> = new Set(["START", "RUNNING", "INSTALLED_AND_RUNNING", "JOBMAN_UP", "ONLINE"])

/** The workstation in the words of the model. */
export const toWorkstation = (wire: typeof WorkstationInPlan.Type): Model.Workstation => {
  const states = wire.activeStates ?? []
  return {
    id: wire.id,
    name: wire.name,
    states,
    flags: wire.activeFlags ?? [],
    linked: states.some((state) => linked.has(state)),
    running: states.some((state) => running.has(state)),
    ignored: wire.ignore ?? false,
    ...compact({
      key: wire.key,
      folder: wire.folder,
      description: wire.description,
      type: wire.type,
      limit: wire.limit,
      fence: wire.fence,
      os: wire.os,
      version: wire.version,
      timeZone: wire.timeZone,
      node: wire.nodeName,
      port: wire.sslPort ?? wire.tcpPort,
      host: wire.hostWorkstation,
      domain: wire.domainName,
      agentId: wire.agentId,
      runNumber: wire.runNumber,
      startedAt: instantOf(wire.timeStarted)
    })
  }
}
