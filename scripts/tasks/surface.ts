/**
 * The public surface of the packages, held to one source each; `--write` mends what is not.
 *
 * - `publishConfig.exports` is `exports` with every source replaced by what the build makes of it.
 * - An `index.ts` that a package exports names each module of its folder once: `export * as X from "./X.ts"`.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"

type Target = string | null
type Published = Target | { readonly types: string; readonly default: string }

interface Manifest {
  readonly name: string
  readonly sideEffects?: boolean
  readonly exports?: Readonly<Record<string, Target>>
  readonly publishConfig?: { readonly access?: string; readonly exports?: Readonly<Record<string, Published>> }
}

const write = process.argv.includes("--write")
const problems: Array<string> = []

/** Writes a file, or names what is wrong with it. */
const hold = (file: string, wanted: string, problem: string) => {
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) return
  if (write) writeFileSync(file, wanted)
  else problems.push(`${file}: ${problem}: npm run fix`)
}

const published = (target: Target): Published => {
  const source = target === null ? null : /^\.\/src\/(.*)\.ts$/.exec(target)
  return source === null ? target : { types: `./dist/${source[1]}.d.ts`, default: `./dist/${source[1]}.js` }
}

const index = (src: string) =>
  globSync(`${src}/*.ts`)
    .map((file) => path.basename(file, ".ts"))
    .filter((name) => name !== "index")
    .sort()
    .map((name) => `export * as ${name} from "./${name}.ts"\n`)
    .join("")

for (const file of globSync("packages/*/package.json")) {
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest
  const { exports = {}, publishConfig, sideEffects } = manifest
  if (exports["./internal/*"] !== null) problems.push(`${file}: exports must close ./internal/*`)
  if (sideEffects !== false) problems.push(`${file}: sideEffects must be false`)
  const wanted = Object.fromEntries(Object.entries(exports).map(([key, target]) => [key, published(target)]))
  const mended = { ...manifest, publishConfig: { access: "public", ...publishConfig, exports: wanted } }
  hold(file, `${JSON.stringify(mended, null, 2)}\n`, "publishConfig.exports is not the built image of exports")
  for (const target of Object.values(exports)) {
    if (target?.endsWith("/index.ts") !== true) continue
    const list = path.join(path.dirname(file), target)
    hold(list, index(path.dirname(list)), "not the list of the public modules")
  }
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
