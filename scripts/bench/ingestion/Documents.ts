/** A set of documents of several kinds, the same for the same number: what an operations team has. */

const subjects = ["workstation", "job stream", "file dependency", "resource", "prompt", "plan", "agent", "calendar"]
const verbs = [
  "waits for",
  "is held by",
  "releases",
  "is linked to",
  "is submitted with",
  "is confirmed by",
  "recovers"
]
const places = ["in READY", "in HOLD", "after the limit was set to 0", "when the fence is raised", "during JnextPlan"]

/** Numbers that look drawn by chance, and are the same each time. */
const numbers = (seed: number) => {
  let state = seed * 2_654_435_761 + 1
  return (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
    return state % below
  }
}

const pick = (next: (below: number) => number, from: ReadonlyArray<string>) => from[next(from.length)] ?? ""

const sentence = (next: (below: number) => number) =>
  `The ${pick(next, subjects)} PAYROLL_${next(900)} ${pick(next, verbs)} ${pick(next, subjects)} FTA${next(50)} ${pick(next, places)}, see AWSBHT${100 + next(800)}E and return code ${next(256)}.`

const paragraph = (next: (below: number) => number) => Array.from({ length: 6 }, () => sentence(next)).join(" ")

const markdown = (next: (below: number) => number) =>
  Array.from(
    { length: 25 },
    (_, at) => `## Case ${at}\n\n${paragraph(next)}\n\n- ${sentence(next)}\n- ${sentence(next)}`
  )

const log = (next: (below: number) => number) =>
  `===============================================================
= JOB       : FTA${next(50)}#PAYROLL[(0600 11/02/26),(0AAAAAAAAAAAAAB3)].CALC_${next(900)}
= USER      : payroll
= JCLFILE   : /opt/payroll/calc.sh
= Job Number: ${1_000_000 + next(99_999)}
= Mon 11/02/26 06:00:02 CET
===============================================================
${Array.from({ length: 120 }, (_, at) => `step ${at}: ${sentence(next)}`).join("\n")}
===============================================================
= Exit Status           : ${next(9)}
= System Time (Seconds) : 1     Elapsed Time (Minutes) : 0
= User Time (Seconds)   : 0
= Mon 11/02/26 06:00:03 CET
===============================================================
`

export interface BenchDocument {
  readonly name: string
  readonly content: Uint8Array
}

export const document = (n: number): BenchDocument => {
  const next = numbers(n + 1)
  const text = (name: string, content: string) => ({ name: `${n}-${name}`, content: new TextEncoder().encode(content) })
  switch (n % 5) {
    case 0:
      return text("runbook.md", `# Runbook ${n}\n\n${markdown(next).join("\n\n")}`)
    case 1:
      return text("job.log", log(next))
    case 2:
      return text(
        "manual.html",
        `<!doctype html><html><head><title>Manual ${n}</title></head><body><h1>Manual ${n}</h1>${Array.from({ length: 25 }, (_, at) => `<h2>Topic ${at}</h2><p>${paragraph(next)}</p>`).join("")}</body></html>`
      )
    case 3:
      return text(
        "jobs.csv",
        `job,workstation,meaning\n${Array.from({ length: 150 }, (_, at) => `J${n}_${at},FTA${next(50)},"${sentence(next)}"`).join("\n")}`
      )
    default:
      return text("notes.txt", Array.from({ length: 30 }, () => paragraph(next)).join("\n\n"))
  }
}
