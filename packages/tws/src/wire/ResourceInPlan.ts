import { Option, Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { JobId, JobStreamId, ResourceId } from "../model/Ids.ts"
import * as Model from "../model/Resource.ts"
import { field, int, text } from "./Field.ts"

/** `ResourceInPlanV2` */
export const ResourceInPlan = Schema.Struct({
  id: ResourceId,
  key: text,
  name: Schema.String,
  folder: text,
  workstation: text,
  description: text,
  status: field(Model.Resource.fields.status.schema),
  quantity: int,
  quantityAvailable: int,
  quantityInUse: int,
  holders: field(
    Schema.Array(Schema.Struct({ jobId: text, job: text, jobStreamId: text, jobStream: text, quantity: int }))
  )
})

const jobIdOf = Schema.decodeUnknownOption(JobId)
const jobStreamIdOf = Schema.decodeUnknownOption(JobStreamId)

/** The resource in the words of the model. */
export const toResource = (wire: typeof ResourceInPlan.Type): Model.Resource => ({
  id: wire.id,
  name: wire.name,
  holders: (wire.holders ?? []).map((holder) =>
    compact({
      jobId: Option.getOrUndefined(jobIdOf(holder.jobId)),
      job: holder.job,
      jobStreamId: Option.getOrUndefined(jobStreamIdOf(holder.jobStreamId)),
      jobStream: holder.jobStream,
      quantity: holder.quantity
    })
  ),
  ...compact({
    key: wire.key,
    folder: wire.folder,
    workstation: wire.workstation,
    description: wire.description,
    status: wire.status,
    quantity: wire.quantity,
    available: wire.quantityAvailable,
    inUse: wire.quantityInUse
  })
})
