/** The floors of coverage, and how a run of all tests stands against them. */
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"

export const measures = ["lines", "branches"] as const
export type Measure = (typeof measures)[number]

/** The least percentage of each measure, by the folder of the package. */
export type Floors = Readonly<Record<string, Readonly<Record<Measure, number>>>>

export const floorsFile = "test/coverage-floors.json"

// The file is ours and its shape is under this repository's own review.
export const decodeFloors = (json: string) => JSON.parse(json) as Floors

export const readFloors = () => decodeFloors(readFileSync(floorsFile, "utf8"))

interface Counts {
  total: number
  covered: number
}

/** The `json-summary` report of istanbul: counts per absolute file name. */
type Summary = Readonly<Record<string, Readonly<Record<Measure, Readonly<Counts>>>>>

/** Percentages per package, rounded down to a tenth. */
export const readCoverage = (summaryFile: string): Floors => {
  const counts: Record<string, Record<Measure, Counts>> = {}
  for (const [file, ofFile] of Object.entries(JSON.parse(readFileSync(summaryFile, "utf8")) as Summary)) {
    if (file === "total") continue
    const home = path.relative(process.cwd(), file).split(path.sep).slice(0, 2).join("/")
    counts[home] ??= { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } }
    for (const measure of measures) {
      counts[home][measure].total += ofFile[measure].total
      counts[home][measure].covered += ofFile[measure].covered
    }
  }
  const percent = ({ total, covered }: Counts) => (total === 0 ? 100 : Math.floor((1000 * covered) / total) / 10)
  return Object.fromEntries(
    Object.entries(counts)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([home, { lines, branches }]) => [home, { lines: percent(lines), branches: percent(branches) }])
  )
}

/** One line per package, marked where it is below its floor. */
export const table = (coverage: Floors, floors: Floors) =>
  Object.entries(coverage).map(([home, measured]) => {
    const cells = measures.map((measure) => {
      const floor = floors[home]?.[measure]
      const mark = floor !== undefined && measured[measure] < floor ? "  BELOW " : " floor "
      return `${measure} ${measured[measure].toFixed(1).padStart(5)} %${floor === undefined ? "" : `${mark}${floor}`}`
    })
    return `${home.padEnd(24)} ${cells.join("   ")}`
  })

export const holds = (coverage: Floors, floors: Floors) =>
  Object.entries(coverage).every(([home, measured]) =>
    measures.every((measure) => measured[measure] >= (floors[home]?.[measure] ?? 0))
  )

/** Each floor lifted to the whole percent below what was measured. None ever falls. */
export const raised = (coverage: Floors, floors: Floors): Floors =>
  Object.fromEntries(
    [...new Set([...Object.keys(floors), ...Object.keys(coverage)])].sort().map((home) => {
      const lift = (measure: Measure) =>
        Math.max(floors[home]?.[measure] ?? 0, Math.floor(coverage[home]?.[measure] ?? 0))
      return [home, { lines: lift("lines"), branches: lift("branches") }]
    })
  )

export const raise = (coverage: Floors, floors: Floors) => {
  const lines = Object.entries(raised(coverage, floors)).map(
    ([home, { lines, branches }]) => `  "${home}": { "lines": ${lines}, "branches": ${branches} }`
  )
  writeFileSync(floorsFile, `{\n${lines.join(",\n")}\n}\n`)
}
