/**
 * The tests, closing with the plain count `N passed, N failed`. Arguments go to vitest.
 *
 * Without arguments every test runs and each package must reach its coverage floor; `--raise` lifts the floors to what
 * was measured. With arguments only a part runs, so nothing is said about coverage.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { holds, raise, readCoverage, readFloors, table } from "./coverage.ts"
import { node, run } from "./run.ts"

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly success: boolean
  readonly testResults: ReadonlyArray<{
    readonly status: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>
  }>
}

const args = process.argv.slice(2)
const raising = args.includes("--raise")
const chosen = args.filter((arg) => arg !== "--raise")
const whole = chosen.length === 0

const folder = mkdtempSync(path.join(tmpdir(), "resync-test-"))
const reportFile = path.join(folder, "report.json")

const { code } = await run(
  node(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "vitest.workspace.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportFile}`,
    ...(whole
      ? ["--coverage.enabled", "--coverage.reporter=json-summary", `--coverage.reportsDirectory=${folder}/coverage`]
      : chosen)
  ),
  { stdio: "inherit" }
)

const readReport = (): Report | undefined => {
  try {
    return JSON.parse(readFileSync(reportFile, "utf8")) as Report
  } catch {
    console.error("vitest ended without a report")
    return undefined
  }
}

const report = readReport()
let failed = 1
let covered = true
if (report !== undefined) {
  // A file that does not load has failed without a failed test of its own.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed")
  )
  failed = report.numFailedTests + broken.length
  // An error outside of any test, such as an unhandled rejection.
  if (failed === 0 && code !== 0) failed = 1
  if (whole && failed === 0) {
    const coverage = readCoverage(path.join(folder, "coverage/coverage-summary.json"))
    const floors = readFloors()
    console.log(["", "Coverage", ...table(coverage, floors), ""].join("\n"))
    covered = holds(coverage, floors)
    if (!covered) console.error("Coverage is below a floor: test what is not tested.\n")
    else if (raising) raise(coverage, floors)
  }
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) console.log(`${skipped} skipped`)
}
rmSync(folder, { recursive: true, force: true })
console.log(`${report?.numPassedTests ?? 0} passed, ${failed} failed`)
process.exit(failed > 0 ? Math.max(code, 1) : covered ? 0 : 1)
