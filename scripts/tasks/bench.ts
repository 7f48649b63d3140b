/** Runs one of the benchmarks in `scripts/bench`: `npm run bench -- <name> [options]`; `--json` prints one object. */
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import path from "node:path"

/** The programs beside the benchmarks that have a task of their own. */
const others = new Set(["conformance"])
const names = globSync("scripts/bench/*/main.ts")
  .map((file) => path.basename(path.dirname(file)))
  .filter((name) => !others.has(name))
const [name, ...options] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- <name> [--json], where <name> is one of: ${names.toSorted().join(", ")}`)
  process.exit(1)
}
const { status } = spawnSync(process.execPath, [`scripts/bench/${name}/main.ts`, ...options], { stdio: "inherit" })
process.exit(status ?? 1)
