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
import { closingLine, count, type Report } from "./report.ts"
import { node, run } from "./run.ts"

const args = process.argv.slice(2)
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
    // A slow machine is no failure: what hangs is ended, what is slow is not.
    "--testTimeout=60000",
    "--hookTimeout=60000",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportFile}`,
    ...(whole
      ? ["--coverage.enabled", "--coverage.reporter=json-summary", `--coverage.reportsDirectory=${folder}/coverage`]
      : chosen)
  ),
  // The programs that tests start are compiled once.
  { stdio: "inherit", env: { ...process.env, NODE_COMPILE_CACHE: path.join(folder, "compiled") } }
)

const readReport = (): Report | undefined => {
  try {
    return JSON.parse(readFileSync(reportFile, "utf8")) as Report
  } catch {
    console.error("vitest ended without a report")
    return undefined
  }
}

/** Whether every package is at its floor or above; prints how each stands. */
const covered = (): boolean => {
  const coverage = readCoverage(path.join(folder, "coverage/coverage-summary.json"))
  const floors = readFloors()
  console.log(["", "Coverage", ...table(coverage, floors), ""].join("\n"))
  if (!holds(coverage, floors)) {
    console.error("Coverage is below a floor: test what is not tested.\n")
    return false
  }
  if (args.includes("--raise")) raise(coverage, floors)
  return true
}

const counts = count(readReport(), code)
const passed = counts.failed === 0 && (!whole || covered())
rmSync(folder, { recursive: true, force: true })
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(closingLine(counts))
process.exit(passed ? 0 : Math.max(code, 1))
