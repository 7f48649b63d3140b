import { Option, Schema } from "effect"
import { type ApiError, badRequest } from "./ApiError.ts"

/** Reads a body; 400 when it is not of this form. Fields that are not named here are let pass, as the server does. */
export const readPayload = <A, I>(schema: Schema.Codec<A, I>, body: unknown): A | ApiError =>
  Option.getOrElse(Schema.decodeUnknownOption(schema)(body), () => badRequest("The body of the request is not valid."))

const instant = Schema.optionalKey(Schema.DateTimeUtcFromString)

export const SuccessorsInfo = Schema.Struct({
  depth: Schema.optionalKey(Schema.Int),
  successorsIds: Schema.optionalKey(Schema.Array(Schema.String))
})

/** RerunDetailsV2, as far as the simulator heeds it. */
export const RerunDetails = Schema.Struct({
  priority: Schema.optionalKey(Schema.Int),
  startTime: instant,
  asap: Schema.optionalKey(Schema.Boolean),
  stepName: Schema.optionalKey(Schema.String),
  successorsInfo: Schema.optionalKey(SuccessorsInfo),
  successorsInformation: Schema.optionalKey(SuccessorsInfo)
})

/** One entry of DependenciesInfoV2: what is waited for is named by whichever id fits its type. */
export const DependencyPayload = Schema.Struct({
  dependencyType: Schema.String,
  id: Schema.optionalKey(Schema.String),
  jobId: Schema.optionalKey(Schema.String),
  jobStreamId: Schema.optionalKey(Schema.String),
  quantity: Schema.optionalKey(Schema.Int),
  file: Schema.optionalKey(Schema.Struct({ id: Schema.optionalKey(Schema.String) }))
})

export const DependenciesInfo = Schema.Struct({ dependencies: Schema.Array(DependencyPayload) })

export const Conditions = Schema.Struct({ conditions: Schema.optionalKey(Schema.Array(Schema.String)) })

export const PromptAnswer = Schema.Struct({ answer: Schema.Boolean })

/** What a merge patch of a job, a stream, a workstation or a resource may change. */
export const PlanPatch = Schema.Struct({
  priority: Schema.optionalKey(Schema.Int),
  limit: Schema.optionalKey(Schema.Int),
  fence: Schema.optionalKey(Schema.Int),
  quantity: Schema.optionalKey(Schema.Int)
})

export const SubmitStreamOptions = Schema.Struct({
  alias: Schema.optionalKey(Schema.String),
  inputArrivalTime: instant,
  earliestDate: instant,
  priority: Schema.optionalKey(Schema.Int),
  limit: Schema.optionalKey(Schema.Int)
})

export const SubmitJobOptions = Schema.Struct({
  alias: Schema.optionalKey(Schema.String),
  earliestDate: instant,
  priority: Schema.optionalKey(Schema.Int),
  workstationKey: Schema.optionalKey(Schema.String),
  workstationId: Schema.optionalKey(Schema.String)
})

export const AdHocJobOptions = Schema.Struct({
  ...SubmitJobOptions.fields,
  task: Schema.Record(Schema.String, Schema.Unknown)
})
