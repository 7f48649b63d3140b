/**
 * Mutation testing: changes the sources of a package one by one and says which changes no test notices. Ends with the score,
 * and badly below 85 %.
 *
 * `npm run mutation` is `npm run mutation -- resilience`; more arguments are files, as globs below the package, or options of
 * Stryker: `npm run mutation -- resilience 'src/Retry*.ts' --force`. What did not change since the last run is not run again.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"

const args = process.argv.slice(2)
const name =
  args[0] !== undefined && /^[a-z-]+$/.test(args[0]) && !args[0].startsWith("-") ? args.shift() : "resilience"
const home = path.resolve("packages", name ?? "")
if (!existsSync(home)) {
  console.error(`no package ${name}: usage: npm run mutation -- [package] [glob ...] [Stryker's options]`)
  process.exit(1)
}

const options = args.findIndex((arg) => arg.startsWith("-"))
const files = options === -1 ? args : args.slice(0, options)
const { status } = spawnSync(
  process.execPath,
  [
    path.resolve("scripts/mutation/node_modules/@stryker-mutator/core/bin/stryker.js"),
    "run",
    path.resolve("scripts/mutation/stryker.config.mjs"),
    ...(files.length === 0 ? [] : ["--mutate", files.join(",")]),
    ...(options === -1 ? [] : args.slice(options))
  ],
  { cwd: home, stdio: "inherit" }
)
process.exit(status ?? 1)
