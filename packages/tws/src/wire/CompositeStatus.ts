import { Schema } from "effect"
import * as CommonStatus from "../model/CommonStatus.ts"
import { InternalJobStatus, type JobStatus, JobSubStatus } from "../model/JobStatus.ts"
import { InternalJobStreamStatus, type JobStreamStatus, JobStreamSubStatus } from "../model/JobStreamStatus.ts"
import { field, flag } from "./Field.ts"

const Flags = Schema.Struct({ error: flag, started: flag, canceled: flag, cancelPending: flag, dontRun: flag })
type Flags = typeof Flags.Type

/** `JobInPlanCompositeStatusV2` */
export const JobCompositeStatus = Schema.Struct({
  status: field(InternalJobStatus),
  substatus: field(JobSubStatus),
  ...Flags.fields
})

/** `JobStreamInPlanCompositeStatusV2` */
export const JobStreamCompositeStatus = Schema.Struct({
  status: field(InternalJobStreamStatus),
  substatus: field(JobStreamSubStatus),
  ...Flags.fields
})

interface Status<Internal, Sub> {
  internal?: Internal
  substatus?: Sub
  error: boolean
  started: boolean
  canceled: boolean
  cancelPending: boolean
  dontRun: boolean
}

const toStatus = <Internal, Sub>(
  wire:
    | ({ readonly status?: Internal | null | undefined; readonly substatus?: Sub | null | undefined } & Flags)
    | null
    | undefined
): Status<Internal, Sub> => {
  const status: Status<Internal, Sub> = {
    error: wire?.error ?? false,
    started: wire?.started ?? false,
    canceled: wire?.canceled ?? false,
    cancelPending: wire?.cancelPending ?? false,
    dontRun: wire?.dontRun ?? false
  }
  const internal = wire?.status
  const substatus = wire?.substatus
  if (internal !== null && internal !== undefined) status.internal = internal
  if (substatus !== null && substatus !== undefined) status.substatus = substatus
  return status
}

export const toJobStatus: (wire: typeof JobCompositeStatus.Type | null | undefined) => JobStatus = toStatus

export const toJobStreamStatus: (wire: typeof JobStreamCompositeStatus.Type | null | undefined) => JobStreamStatus =
  toStatus

/** The common status an object was given, or the one its internal status stands for. */
export const commonStatusOf = (
  common: CommonStatus.CommonStatus | null | undefined,
  internal: string | undefined
): CommonStatus.CommonStatus => common ?? (internal === undefined ? "UNDECIDED" : CommonStatus.fromInternal(internal))
