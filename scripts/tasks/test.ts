/** Every test of every project once, with coverage, closing with the plain count `N passed, N failed`. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly success: boolean
}

const folder = mkdtempSync(path.join(tmpdir(), "resync-test-"))
const file = path.join(folder, "report.json")
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "vitest.workspace.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...process.argv.slice(2)
  ],
  { stdio: "inherit" }
)

let report: Report | undefined
try {
  report = JSON.parse(readFileSync(file, "utf8")) as Report
} catch {
  console.error("vitest ended without a report")
}
rmSync(folder, { recursive: true, force: true })
if (report !== undefined) {
  const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : ""
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed${skipped}`)
}
process.exit(status === 0 && report?.success === true ? 0 : status === 0 || status === null ? 1 : status)
