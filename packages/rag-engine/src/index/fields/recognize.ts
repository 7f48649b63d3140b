/** What operators call things by, and what search treats as a field of its own. */
export type FieldKind = "message" | "return-code" | "command" | "workstation" | "stream" | "job"

/** A name, an id or a command in a text, and where it stands. `value` is spelled one way however it was written. */
export interface Field {
  readonly kind: FieldKind
  readonly value: string
  readonly start: number
  readonly end: number
}

/** `AWSBHT001E`: AWS or AWK, a component, a number and a severity. */
const messageId = /\bAW[A-Z]{2,5}\d{3,4}[EWI]\b/gi

/** "return code 143", "Exit Status : 0", "rc=4", "código de retorno 12". */
const returnCode =
  /\b(?:return[ -]?codes?|exit (?:status|code)|rc|c[oó]digos? de (?:retorno|sa[ií]da)|status de sa[ií]da)\s*(?:[:=]|is|was|of|de|é)?\s*(-?\d{1,5})\b/gi

/** Programs whose first argument says what they do. */
const spoken =
  /\b(conman|composer|planman|optman|wappman|dataexport|dataimport|evtsize|ocli)\b(?:[ \t]*["'`“]?[ \t]*(?:-[a-z]+[ \t]+)?([a-z]{2,20}|[@;])?)?/gi

/** Programs that do one thing. */
const single =
  /\b(JnextPlan|ResetPlan|SwitchPlan|MakePlan|StartUp|StartAppServer|StopAppServer|tws_env|rmstdlist|logman|reptr|xref|cpuinfo|movehistorydata|resetFTA)\b/g

const folder = "(?:/(?:[A-Za-z][\\w-]*/)*)?"
const name = "[A-Z][A-Z0-9_-]{1,39}"
/** `EU-HQ1#PAYROLL.LOAD`, with folders, and with the start time and the id that conman adds to the stream. */
const path = new RegExp(
  `(?<![\\w#.-])${folder}(?<workstation>${name})#${folder}(?<stream>${name})(?:\\[[^\\]\\n]{0,80}\\]|\\([^)\\n]{0,60}\\))*(?:\\.(?<job>${name}))?`,
  "g"
)

/** "job stream PAYROLL", "SCHEDULE EU#PAYROLL", "workstation EU-HQ1", "CPUNAME EU-HQ1", "job LOAD". */
const called: ReadonlyArray<readonly [FieldKind, RegExp]> = [
  [
    "stream",
    new RegExp(
      `\\b(?:[Jj]ob [Ss]treams?|[Jj]obstream|SCHEDULE|[Ff]luxos? de (?:[Tt]rabalhos?|[Jj]obs?))\\s+["'\`]?(${name})\\b(?!#)`,
      "g"
    )
  ],
  [
    "workstation",
    new RegExp(
      `\\b(?:[Ww]orkstations?|CPUNAME|[Aa]gents?|[Ee]staç(?:ão|ões) de [Tt]rabalho|[Aa]gentes?)\\s+["'\`]?(${name})\\b`,
      "g"
    )
  ],
  ["job", new RegExp(`\\b(?:[Jj]obs?|JOBS|[Tt]rabalhos?)\\s+["'\`]?(${name})\\b(?![#.])`, "g")]
]

/** Capitals that name a state, a setting or a place to fill in, not a thing of the plan. */
const noNames = new Set(
  `ABEND ABENP ADD AGENT AND BLOCKED BOUND BUTTON CANCELED CANCL CARRY CPU DATABASE DONE ERROR EXEC FAIL FENCE FTA GO GOGO HELD HI HOLD ID IDS IGNORE
  IN INTRO IS JOB JOBS LIMIT NAME NOT OF OK ON OR PEND READY RUNNING SCHED SCHEDULE STATUS STREAM STREAMLOGON STUCK SUCC SUCCESSFUL SUCCP
  SUPPR SUPPRESS TCP THE TO TWS TYPE UNDECIDED WAIT WAITING WORKSTATION XX YES`.split(/\s+/)
)

const isName = (value: string | undefined): value is string =>
  value !== undefined && value.length > 1 && !noNames.has(value)

/** One of the fields of a match, where it stands within it. */
const within = (match: RegExpExecArray, kind: FieldKind, value: string | undefined, from = 0): ReadonlyArray<Field> => {
  if (!isName(value)) return []
  const start = match.index + match[0].indexOf(value, from)
  return [{ kind, value, start, end: start + value.length }]
}

const whole = (match: RegExpExecArray, kind: FieldKind, value: string): Field => ({
  kind,
  value,
  start: match.index,
  end: match.index + match[0].trimEnd().length
})

/**
 * The message ids, return codes, commands, and names of workstations, job streams and jobs in a text.
 *
 * ```ts
 * recognize("AWSBHT001E for EU-HQ1#PAYROLL.LOAD")
 * // message AWSBHT001E, workstation EU-HQ1, stream PAYROLL, job LOAD
 * ```
 */
export const recognize = (text: string): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  for (const match of text.matchAll(messageId)) fields.push(whole(match, "message", match[0].toUpperCase()))
  for (const match of text.matchAll(returnCode)) fields.push(whole(match, "return-code", match[1] ?? ""))
  for (const match of text.matchAll(spoken)) {
    const program = (match[1] ?? "").toLowerCase()
    if (match[2] !== undefined && /["'`“]|^\S+ [a-z]+$/.test(match[0])) {
      fields.push(whole(match, "command", `${program} ${match[2].toLowerCase()}`))
    }
  }
  for (const match of text.matchAll(single)) fields.push(whole(match, "command", match[0]))
  for (const match of text.matchAll(path)) {
    const { job, stream, workstation } = match.groups ?? {}
    fields.push(...within(match, "workstation", workstation))
    const at = match[0].indexOf("#")
    fields.push(...within(match, "stream", stream, at), ...within(match, "job", job, match[0].lastIndexOf(".")))
  }
  for (const [kind, pattern] of called) {
    for (const match of text.matchAll(pattern))
      fields.push(...within(match, kind, match[1], match[0].lastIndexOf(match[1] ?? "")))
  }
  const seen = new Set<string>()
  return fields
    .filter(({ kind, start }) => !seen.has(`${kind}${start}`) && seen.add(`${kind}${start}`))
    .toSorted((a, b) => a.start - b.start)
}
