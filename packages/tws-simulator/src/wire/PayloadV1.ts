import { DateTime, Option, Schema } from "effect"

/** Sample clients send times without a zone, in UTC and with microseconds, and `null` for what was not given. */
const text = Schema.optionalKey(Schema.NullOr(Schema.String))

/** `undefined` for everything that says nothing. */
export const given = (value: string | null | undefined): string | undefined =>
  value === null || value === "" ? undefined : value

/** The instant that a text stands for, if any. */
export const instantOf = (value: string | null | undefined): DateTime.Utc | undefined =>
  Option.getOrUndefined(
    Option.flatMap(Option.fromUndefinedOr(given(value)), (time) =>
      DateTime.make(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time.slice(0, 23)}Z`)
    )
  )

/** `submit_job`: which definition, and under which name. */
export const SubmitJob = Schema.Struct({ jobDefinitionId: Schema.String, alias: text })

/** `submit_ad_hoc_job`: a job as `submit_job` drafted it, or as the client made it up. */
export const DraftedJob = Schema.Struct({
  job: Schema.Struct({
    name: text,
    streamId: text,
    jobDefinitionId: text,
    workstationName: text,
    jobDefinition: Schema.optionalKey(Schema.Struct({ taskString: text, userLogin: text }))
  })
})

/** `submit_jobstream` of a definition. */
export const SubmitStream = Schema.Struct({ inputArrivalTime: text, alias: text })

/** `submit_jobstream` of what `make_jobstream` drafted. */
export const DraftedStream = Schema.Struct({
  inputArrivalTime: text,
  jobstream: Schema.Struct({ jobStreamDefinitionId: Schema.String, alias: text })
})

/** A job definition that is added to the model. */
export const AddedJob = Schema.Struct({
  header: Schema.Struct({
    jobDefinitionKey: Schema.Struct({ name: Schema.NonEmptyString, workstationName: Schema.String }),
    userLogin: text
  }),
  taskString: Schema.String
})
