import { minute } from "./Blueprint.ts"
import { hash, Subject, unit } from "./Hash.ts"
import { Status } from "./JobStatus.ts"

/** What a log tells about one run. */
export interface LoggedRun {
  readonly seed: number
  /** Tells this run from every other one. */
  readonly turn: number
  readonly job: number
  /** `WKS#STREAM[(HHMM MM/DD/YY),(0AAAAAAAAAAAAAAA)].JOB` */
  readonly key: string
  readonly user: string
  readonly script: string
  readonly number: number
  readonly status: number
  readonly returnCode: number
  readonly start: number
  readonly end: number
  readonly now: number
  readonly expectedMillis: number
  readonly killed: boolean
  readonly agent: string
  readonly formatDate: (millis: number) => string
}

const rule = "=".repeat(63)

const work = [
  (n: number) => `Opening input partition ${n % 24}`,
  (n: number) => `Read ${1000 + (n % 90_000)} records`,
  (n: number) => `Connected to database as batch user (session ${n % 9999})`,
  (n: number) => `Committed ${100 + (n % 5000)} rows in ${(n % 900) + 20} ms`,
  (n: number) => `Rejected ${n % 7} records, see the reject file`,
  (n: number) => `Checkpoint ${n % 64} written`,
  (n: number) => `Sorting work area ${n % 16}: ${n % 512} MB used`,
  (n: number) => `Transferred ${n % 4096} kB to the staging area`
] as const

/** What a program says before it ends with this return code. */
const failures: Readonly<Record<number, ReadonlyArray<string>>> = {
  1: ["ERROR: unhandled exception in step 3: NullPointerException", "  at com.example.batch.Step.run(Step.java:118)"],
  2: [
    "ERROR: input file not found: /data/in/input.dat",
    "ls: cannot access '/data/in/input.dat': No such file or directory"
  ],
  4: ["WARNING: control totals differ by 17 records", "ERROR: tolerance exceeded"],
  8: ["ORA-00060: deadlock detected while waiting for resource", "ERROR: transaction rolled back"],
  12: ["ORA-01653: unable to extend table BATCH.STAGE by 8192 in tablespace USERS", "ERROR: load aborted"],
  16: ["java.net.ConnectException: Connection refused: db.example.com:1521", "ERROR: no connection after 3 attempts"],
  127: ["/bin/sh: line 12: batchctl: command not found"],
  137: ["Killed", "ERROR: the process was ended by signal 9 (out of memory)"],
  143: ["Terminated", "The process was ended by signal 15"],
  255: ["scp: Connection closed by remote host", "lost connection"]
}

const contentLines = (run: LoggedRun): ReadonlyArray<string> => {
  const total = 8 + (hash(run.seed, Subject.log, run.job, run.turn) % 40)
  const done = run.end === 0 ? Math.min(1, (run.now - run.start) / Math.max(1000, run.expectedMillis)) : 1
  const shown = Math.max(1, Math.floor(total * done))
  return Array.from({ length: shown }, (_, index) => {
    const chance = hash(run.seed, Subject.log, run.job, run.turn * 64 + index + 1)
    const line = work[chance % work.length] ?? work[0]
    return line(chance >>> 8)
  })
}

const header = (run: LoggedRun): ReadonlyArray<string> => [
  rule,
  `= JOB       : ${run.key}`,
  `= USER      : ${run.user}`,
  `= JCLFILE   : ${run.script}`,
  `= AGENT     : ${run.agent}`,
  `= Job Number: ${run.number}`,
  `= ${run.formatDate(run.start)}`,
  rule,
  "HCL Workload Automation(UNIX)/JOBMANRC",
  "AWSBJA001I Licensed Materials Property of HCL",
  `  Executing command : ${run.script}`,
  "  Environment       : production",
  "  Locale            : C.UTF-8",
  rule
]

const footer = (run: LoggedRun): ReadonlyArray<string> => {
  const seconds = Math.max(0, Math.round((run.end - run.start) / 1000))
  const cpu = unit(hash(run.seed, Subject.cpu, run.job, run.turn))
  return [
    rule,
    `= Exit Status           : ${run.returnCode}`,
    `= System Time (Seconds) : ${Math.round(seconds * cpu * 0.1)}     Elapsed Time (Minutes) : ${Math.floor((run.end - run.start) / minute)}`,
    `= User Time (Seconds)   : ${Math.round(seconds * cpu * 0.6)}`,
    `= ${run.formatDate(run.end)}`,
    rule
  ]
}

const notLaunched = (run: LoggedRun): ReadonlyArray<string> => [
  rule,
  `= JOB       : ${run.key}`,
  `= USER      : ${run.user}`,
  `= JCLFILE   : ${run.script}`,
  `= Job Number: ${run.number}`,
  `= ${run.formatDate(run.start)}`,
  rule,
  `AWSBDW057E The job ${run.key} was not launched for this reason:`,
  `AWSBDW002E The logon user "${run.user}" of the job is not valid on this workstation.`,
  rule
]

/** The lines of a run's log, made from the seed when they are asked for. A run that goes on has no end yet. */
export const jobLog = (run: LoggedRun, contentOnly: boolean): ReadonlyArray<string> => {
  if (run.status === Status.FAIL) return contentOnly ? [] : notLaunched(run)
  if (run.start === 0) return []
  const ended = run.end !== 0
  const content = [
    ...contentLines(run),
    ...(ended && run.status === Status.ABEND ? (failures[run.killed ? 143 : run.returnCode] ?? []) : []),
    ...(ended && run.status !== Status.ABEND ? ["Completed normally"] : [])
  ]
  if (contentOnly) return content
  return [...header(run), ...content, ...(ended ? footer(run) : [])]
}
