/** A job as the scheduler writes it: the schema that Ajv checks it by, and its type. */
export const object = (properties: Readonly<Record<string, object>>, optional: ReadonlyArray<string> = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key))
})
export const string = { type: "string" }
export const integer = { type: "integer" }
export const boolean = { type: "boolean" }

/** The scheduler leaves fields out or writes `null` for nothing; what is there must have the right type. */
const or = (schema: object) => ({ ...schema, nullable: true })
const dateTime = { type: "string", format: "date-time" }
const duration = { type: "string", format: "duration" }
const optional = (properties: Readonly<Record<string, object>>, required: ReadonlyArray<string> = []) => ({
  type: "object",
  properties: Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, required.includes(key) ? schema : or(schema)])
  ),
  required
})

const compositeStatus = optional({
  status: string,
  error: boolean,
  started: boolean,
  canceled: boolean,
  cancelPending: boolean,
  dontRun: boolean
})

const timeInfo = optional({
  estimatedDuration: duration,
  actualStartTime: dateTime,
  actualEndTime: dateTime,
  elapsedTime: duration
})

export const schedulerJob = optional(
  {
    id: string,
    persistentId: string,
    planId: string,
    key: string,
    name: string,
    folder: string,
    workstation: string,
    workstationId: string,
    jobStreamId: string,
    jobStreamName: string,
    jobStreamWorkstation: string,
    lastRunCompositeStatus: compositeStatus,
    lastRunCommonStatus: string,
    jobDefinitionFlags: optional({ monitored: boolean }),
    jobStatusFlags: optional({ jobLate: boolean, deadlineHasPassed: boolean }),
    jobOptions: optional({ critical: boolean, noOperation: boolean, requiresConfirmation: boolean }),
    jobDefinition: optional({
      name: string,
      folder: string,
      workstation: string,
      description: string,
      userLogins: { type: "array", items: string },
      recoveryOption: string,
      estimatedDuration: duration
    }),
    priority: integer,
    jobruns: {
      type: "array",
      items: optional(
        {
          id: string,
          jobNumber: integer,
          compositeStatus,
          commonStatus: string,
          returnCode: integer,
          rerunType: string,
          lastInRerunChain: boolean,
          confirmed: boolean,
          actualWorkstation: string,
          step: string,
          timeInfo
        },
        ["id"]
      )
    },
    schedTime: dateTime,
    timeZone: string,
    timeRestrictions: optional({ startTime: dateTime, deadlineTime: dateTime, lateAction: string }),
    dependenciesStats: optional({ numberOfDependencies: integer, numberOfUnresolvedDependencies: integer }),
    actions: { type: "array", items: optional({ key: string }) }
  },
  ["id", "name"]
)

export type Maybe<A> = A | null | undefined

export interface CompositeStatus {
  readonly status?: Maybe<string>
  readonly error?: Maybe<boolean>
  readonly started?: Maybe<boolean>
  readonly canceled?: Maybe<boolean>
  readonly cancelPending?: Maybe<boolean>
  readonly dontRun?: Maybe<boolean>
}

export interface TimeInfo {
  readonly estimatedDuration?: Maybe<string>
  readonly actualStartTime?: Maybe<string>
  readonly actualEndTime?: Maybe<string>
  readonly elapsedTime?: Maybe<string>
}

export interface SchedulerJob {
  readonly id: string
  readonly persistentId?: Maybe<string>
  readonly key?: Maybe<string>
  readonly name: string
  readonly folder?: Maybe<string>
  readonly workstation?: Maybe<string>
  readonly workstationId?: Maybe<string>
  readonly jobStreamId?: Maybe<string>
  readonly jobStreamName?: Maybe<string>
  readonly jobStreamWorkstation?: Maybe<string>
  readonly lastRunCompositeStatus?: Maybe<CompositeStatus>
  readonly lastRunCommonStatus?: Maybe<string>
  readonly jobDefinitionFlags?: Maybe<{ readonly monitored?: Maybe<boolean> }>
  readonly jobStatusFlags?: Maybe<{ readonly jobLate?: Maybe<boolean>; readonly deadlineHasPassed?: Maybe<boolean> }>
  readonly jobOptions?: Maybe<{
    readonly critical?: Maybe<boolean>
    readonly noOperation?: Maybe<boolean>
    readonly requiresConfirmation?: Maybe<boolean>
  }>
  readonly jobDefinition?: Maybe<{
    readonly name?: Maybe<string>
    readonly userLogins?: Maybe<ReadonlyArray<string>>
    readonly recoveryOption?: Maybe<string>
    readonly estimatedDuration?: Maybe<string>
  }>
  readonly priority?: Maybe<number>
  readonly jobruns?: Maybe<
    ReadonlyArray<{
      readonly id: string
      readonly jobNumber?: Maybe<number>
      readonly compositeStatus?: Maybe<CompositeStatus>
      readonly commonStatus?: Maybe<string>
      readonly returnCode?: Maybe<number>
      readonly rerunType?: Maybe<string>
      readonly lastInRerunChain?: Maybe<boolean>
      readonly confirmed?: Maybe<boolean>
      readonly actualWorkstation?: Maybe<string>
      readonly timeInfo?: Maybe<TimeInfo>
    }>
  >
  readonly schedTime?: Maybe<string>
  readonly timeZone?: Maybe<string>
  readonly timeRestrictions?: Maybe<{ readonly deadlineTime?: Maybe<string>; readonly lateAction?: Maybe<string> }>
  readonly dependenciesStats?: Maybe<{
    readonly numberOfDependencies?: Maybe<number>
    readonly numberOfUnresolvedDependencies?: Maybe<number>
  }>
  readonly actions?: Maybe<ReadonlyArray<{ readonly key?: Maybe<string> }>>
}
