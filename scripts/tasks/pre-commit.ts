/** The checks of a commit: format and lint of the staged files, no secret in them, and the types of the whole house. */
import { spawnSync } from "node:child_process"
import { biome, type Command, node, run } from "./run.ts"

const git = spawnSync("git", ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"], { encoding: "utf8" })
const staged = git.stdout.split("\0").filter((file) => file !== "")
if (staged.length === 0) process.exit(0)

const commands: ReadonlyArray<Command> = [
  biome("check", "--staged", "--error-on-warnings", "--no-errors-on-unmatched"),
  node("node_modules/secretlint/bin/secretlint.js", "--no-glob", ...staged),
  ...(staged.some((file) => /\.ts$|tsconfig.*\.json$/.test(file)) ? [node("scripts/tasks/check.ts", "types")] : [])
]

const results = await Promise.all(commands.map((command) => run(command)))
for (const { code, output } of results) if (code !== 0) console.error(output)
process.exit(results.every(({ code }) => code === 0) ? 0 : 1)
