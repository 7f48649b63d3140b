import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import * as CommonStatus from "../model/CommonStatus.ts"
import { InternalJobStatus, type JobStatus, JobSubStatus } from "../model/JobStatus.ts"
import { InternalJobStreamStatus, type JobStreamStatus, JobStreamSubStatus } from "../model/JobStreamStatus.ts"
import { field, flag } from "./Field.ts"

const Flags = Schema.Struct({ error: flag, started: flag, canceled: flag, cancelPending: flag, dontRun: flag })

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

const toFlags = (wire: typeof Flags.Type | null | undefined) => ({
  error: wire?.error ?? false,
  started: wire?.started ?? false,
  canceled: wire?.canceled ?? false,
  cancelPending: wire?.cancelPending ?? false,
  dontRun: wire?.dontRun ?? false
})

export const toJobStatus = (wire: typeof JobCompositeStatus.Type | null | undefined): JobStatus => ({
  ...compact({ internal: wire?.status, substatus: wire?.substatus }),
  ...toFlags(wire)
})

export const toJobStreamStatus = (wire: typeof JobStreamCompositeStatus.Type | null | undefined): JobStreamStatus => ({
  ...compact({ internal: wire?.status, substatus: wire?.substatus }),
  ...toFlags(wire)
})

/** The common status an object was given, or the one its internal status stands for. */
export const commonStatusOf = (
  common: CommonStatus.CommonStatus | null | undefined,
  internal: string | undefined
): CommonStatus.CommonStatus => common ?? (internal === undefined ? "UNDECIDED" : CommonStatus.fromInternal(internal))
