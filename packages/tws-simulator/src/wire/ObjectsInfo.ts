import { jobStatuses } from "../plan/JobStatus.ts"

interface Entry {
  readonly key: string
  readonly label: string
}

const label = (key: string): string => key.charAt(0) + key.slice(1).toLowerCase().replaceAll("_", " ")

const entries = (keys: ReadonlyArray<string>): ReadonlyArray<Entry> => keys.map((key) => ({ key, label: label(key) }))

const commonStatuses = entries([
  "WAITING",
  "READY",
  "RUNNING",
  "SUCCESSFUL",
  "ERROR",
  "CANCELED",
  "HELD",
  "UNDECIDED",
  "BLOCKED",
  "SUPPRESS"
])

const action = (key: string, path: string, verb: string, payload = false) => ({
  key,
  label: label(key),
  httpMethod: "PUT",
  parametricUrl: `/twsd/api/v2/plan/${path}/{id}/action/${verb}`,
  ...(payload ? { payloadTemplate: {} } : {})
})

const kinds = {
  JOB_IN_PLAN: {
    actions: [
      action("HOLD_JOB", "job", "hold"),
      action("RELEASE_JOB", "job", "release"),
      action("CANCEL_JOB", "job", "cancel"),
      action("CANCEL_PENDING_JOB", "job", "cancel-pending"),
      action("KILL_JOB", "job", "kill"),
      action("CONFIRM_SUCC", "job", "confirm-succ", true),
      action("CONFIRM_ABEND", "job", "confirm-abend", true),
      {
        ...action("RERUN_JOB", "job", "rerun", true),
        parametricUrl: "/twsd/api/v2/plan/job/run/{run_id}/action/rerun"
      },
      action("UPDATE_PRIORITY", "job", "update-priority"),
      action("RELEASE_DEPENDENCIES", "job", "release-all-dependencies")
    ],
    status: entries(jobStatuses),
    commonStatus: commonStatuses,
    substatus: entries([
      "HOLD_WAITING_FOR_PREDECESSOR",
      "HOLD_WAITING_FOR_TIME",
      "HOLD_WAITING_FOR_PROMPT",
      "HOLD_WAITING_FOR_FILE",
      "HOLD_PRIORITY_ZERO",
      "READY_WAITING_FOR_RESOURCES",
      "READY_WAITING_FOR_LIMIT",
      "READY_WAITING_FOR_AGENT",
      "READY_SUBMITTED",
      "SUCC_COMPLETED"
    ])
  },
  JOBSTREAM_IN_PLAN: {
    actions: [
      action("HOLD_JOBSTREAM", "jobstream", "hold"),
      action("RELEASE_JOBSTREAM", "jobstream", "release"),
      action("CANCEL_JOBSTREAM", "jobstream", "cancel"),
      action("CANCEL_PENDING_JOBSTREAM", "jobstream", "cancel-pending"),
      action("RELEASE_DEPENDENCIES", "jobstream", "release-all-dependencies")
    ],
    status: entries(["HOLD", "READY", "EXEC", "SUCC", "ABEND", "STUCK", "CANCL"]),
    commonStatus: commonStatuses
  },
  WORKSTATION_IN_PLAN: {
    actions: [
      action("LINK_WORKSTATION", "workstation", "link"),
      action("UNLINK_WORKSTATION", "workstation", "unlink"),
      action("START_WORKSTATION", "workstation", "start"),
      action("STOP_WORKSTATION", "workstation", "stop"),
      action("UPDATE_LIMIT", "workstation", "update-limit"),
      action("UPDATE_FENCE", "workstation", "update-fence")
    ],
    activeStates: entries(["MASTER", "LINKED", "FULLY_LINKED", "START", "RUNNING", "ONLINE", "JOBMAN_UP"]),
    activeFlags: entries(["AUTO_LINK", "FULL_STATUS"]),
    workstationType: entries(["AGENT", "POOL", "FTA", "X-AGENT", "MANAGER", "WORKLOAD_BROKER"])
  },
  RESOURCE_IN_PLAN: {
    actions: [action("UPDATE_QUANTITY", "resource", "update-quantity")],
    status: entries(["AVAILABLE", "NOT_AVAILABLE"])
  },
  PROMPT_IN_PLAN: {
    actions: [action("REPLY_YES", "prompt", "reply", true), action("REPLY_NO", "prompt", "reply", true)],
    status: entries(["NOT_ASKED", "ASKED", "ANSWERED_YES", "ANSWERED_NO"])
  },
  EVENTSOURCE: { actions: [] }
} as const

/** Labels of states and descriptions of actions, for one kind of objects or for all; `undefined` for an unknown kind. */
export const objectsInfo = (kind: string | undefined): Record<string, unknown> | undefined => {
  if (kind === undefined || kind === "") return kinds
  const found = Object.entries(kinds).find(([name]) => name === kind)
  return found === undefined ? undefined : { [kind]: found[1] }
}
