/**
 * What must hold before the tests are worth running, side by side. Fails if one of them does.
 * `npm run check -- types lint` runs only the named ones.
 */
import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { biome, type Command, node, run } from "./run.ts"

const tsgo = () =>
  spawnSync(process.execPath, ["node_modules/@effect/tsgo/dist/effect-tsgo.cjs", "get-exe-path"], {
    encoding: "utf8"
  }).stdout.trim()

const checks: Readonly<Record<string, readonly [title: string, command: () => Command]>> = {
  types: [
    "types and Effect diagnostics",
    // What did not change since the last check, and depends on nothing that did, is not checked again.
    () => [
      ...([tsgo(), "--noEmit", "--project", "tsconfig.json"] as const),
      ...(["--incremental", "--tsBuildInfoFile", "node_modules/.cache/types.tsbuildinfo"] as const)
    ]
  ],
  lint: ["lint and format", () => biome("check", "--error-on-warnings", ".")],
  directions: ["dependency directions", () => node("scripts/tasks/directions.ts")],
  surface: ["public surface of the packages", () => node("scripts/tasks/surface.ts")],
  api: ["frozen declarations of the packages", () => node("scripts/tasks/api.ts")],
  floors: ["coverage floors only rise", () => node("scripts/tasks/floors.ts")],
  secrets: ["no secrets", () => node("node_modules/secretlint/bin/secretlint.js", "**/*")],
  licences: ["licences of dependencies", () => node("scripts/tasks/licences.ts")],
  sbom: ["software bill of materials", () => node("scripts/tasks/sbom.ts", "--verify")]
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(`no check ${unknown.join(", ")}: choose among ${Object.keys(checks).join(", ")}`)
  process.exit(1)
}

const waiting = Object.entries(checks).filter(([name]) => named.length === 0 || named.includes(name))
let passed = true

const worker = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, [title, command]] = next
    const { code, output } = await run(command())
    console.log(code === 0 ? `ok    ${title}` : `FAIL  ${title} (npm run check -- ${name})\n${output}`)
    if (code !== 0) passed = false
  }
}

await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
process.exit(passed ? 0 : 1)
