/** Mends what a program can mend: the public surface and its declarations, lint and format. Arguments narrow the files of lint and format. */
import { biome, node, run } from "./run.ts"

const files = process.argv.slice(2)
const surface = await run(node("scripts/tasks/surface.ts", "--write"), { stdio: "inherit" })
const api = await run(node("scripts/tasks/api.ts", "--write"), { stdio: "inherit" })
const lint = await run(biome("check", "--write", ...(files.length === 0 ? ["."] : files)), { stdio: "inherit" })
process.exit(Math.max(surface.code, api.code, lint.code))
