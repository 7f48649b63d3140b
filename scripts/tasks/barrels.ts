/**
 * The root export of a package names each of its public modules once, and nothing else: `export * as X from "./X.ts"`.
 * It is written here for every package that exports "."; `--write` brings it up to date.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"

const write = process.argv.includes("--write")
let passed = true

for (const file of globSync("packages/*/package.json")) {
  const { exports } = JSON.parse(readFileSync(file, "utf8")) as { readonly exports?: Readonly<Record<string, unknown>> }
  if (exports?.["."] === undefined) continue
  const src = path.join(path.dirname(file), "src")
  const modules = globSync(`${src}/*.ts`)
    .map((module) => path.basename(module, ".ts"))
    .filter((name) => name !== "index")
    .sort()
  const index = `${src}/index.ts`
  const wanted = modules.map((name) => `export * as ${name} from "./${name}.ts"\n`).join("")
  const found = globSync(index).length === 0 ? undefined : readFileSync(index, "utf8")
  if (found === wanted) continue
  if (write) writeFileSync(index, wanted)
  else {
    passed = false
    console.error(`${index} is not the list of the public modules: npm run fix`)
  }
}

process.exit(passed ? 0 : 1)
