import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { PromptStatus } from "../model/Dependency.ts"
import { PromptId } from "../model/Ids.ts"
import * as Model from "../model/Prompt.ts"
import { field, instant, instantOf, int, text } from "./Field.ts"

const type = field(Model.Prompt.fields.type.schema)

/** `PromptInPlanV2`, since 10.2.8. */
export const PromptInPlan = Schema.Struct({
  id: PromptId,
  key: text,
  name: text,
  number: int,
  text: text,
  status: field(PromptStatus),
  type,
  workstation: text,
  jobKey: text,
  jobStreamKey: text,
  timeAsked: instant,
  timeRespond: instant
})

/** The prompt in the words of the model. */
export const toPrompt = (wire: typeof PromptInPlan.Type): Model.Prompt => ({
  id: wire.id,
  status: wire.status ?? "NOT_ASKED",
  ...compact({
    key: wire.key,
    name: wire.name,
    number: wire.number,
    text: wire.text,
    type: wire.type,
    workstation: wire.workstation,
    jobKey: wire.jobKey,
    jobStreamKey: wire.jobStreamKey,
    askedAt: instantOf(wire.timeAsked),
    answeredAt: instantOf(wire.timeRespond)
  })
})

const Named = field(Schema.Struct({ name: text }))

/** `PromptInPlan` of V1, the only form that engines before 10.2.8 list. */
export const PromptInPlanV1 = Schema.Struct({
  id: PromptId,
  promptInPlanKey: Named,
  key: Named,
  number: int,
  text: text,
  status: field(PromptStatus),
  type,
  workstationInPlanKey: Named,
  jobInPlanKey: Named,
  jobStreamInPlanKey: Named,
  timeAsked: instant,
  timeRespond: instant
})

/** The prompt of V1 in the words of the model. */
export const toPromptV1 = (wire: typeof PromptInPlanV1.Type): Model.Prompt =>
  toPrompt({
    ...wire,
    key: undefined,
    name: wire.promptInPlanKey?.name ?? wire.key?.name,
    workstation: wire.workstationInPlanKey?.name,
    jobKey: wire.jobInPlanKey?.name,
    jobStreamKey: wire.jobStreamInPlanKey?.name
  })
