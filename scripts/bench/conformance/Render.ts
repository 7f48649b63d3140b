/** The findings as text. */
import type { Finding, Verdict } from "../../../packages/resilience/test/conformance/script/report.ts"

const marks: Readonly<Record<Verdict, string>> = { passes: "yes", fails: "FAILS", differs: "differs", lacks: "-" }

const widest = 92
const cut = (text: string) => (text.length <= widest ? text : `${text.slice(0, widest - 1)}…`)

/** A line for each case, under the titles of their sections, and the sums. */
export const table = (findings: ReadonlyArray<Finding>, names: ReadonlyArray<string>): string => {
  const cell = (text: string) => text.padEnd(11)
  const line = (label: string, cells: ReadonlyArray<string>) => `${label.padEnd(widest + 7)}${cells.map(cell).join("")}`
  const first = findings.filter(({ subject }) => subject === names[0])
  const of = (name: string, { id, says, section }: Finding) =>
    findings.find((one) => one.subject === name && one.id === id && one.says === says && one.section === section)
  const lines = [line("", names)]
  let section = ""
  for (const finding of first) {
    if (finding.section !== section) {
      section = finding.section
      lines.push("", section)
    }
    lines.push(
      line(
        `  ${finding.id.padEnd(5)}${cut(finding.says)}`,
        names.map((name) => marks[of(name, finding)?.verdict ?? "lacks"])
      )
    )
  }
  lines.push("")
  for (const [verdict, label] of [
    ["passes", "passes"],
    ["fails", "does something else"],
    ["differs", "does something else where libraries choose differently"],
    ["lacks", "has nothing for it"]
  ] as const) {
    lines.push(
      line(
        label,
        names.map((name) => `${findings.filter((one) => one.subject === name && one.verdict === verdict).length}`)
      )
    )
  }
  return lines.join("\n")
}

/** What each did instead. */
export const details = (findings: ReadonlyArray<Finding>, names: ReadonlyArray<string>): string =>
  names
    .flatMap((name) => [
      `\n${name}`,
      ...findings
        .filter(({ subject, verdict }) => subject === name && (verdict === "fails" || verdict === "differs"))
        .map(({ detail = "", id, says, verdict }) => `  ${verdict.padEnd(8)}${id} ${says}\n          ${detail}`)
    ])
    .join("\n")
