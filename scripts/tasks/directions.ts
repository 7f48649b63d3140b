/**
 * The directions of the house: a package may depend only on those below it, and nothing depends on an app.
 * What a package imports it must declare, so that the declarations tell the whole truth; the tools of the root are in
 * reach of every package and would hide what is missing.
 */
import { globSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"

/** From the ground up. A package may use any package of a lower floor. */
const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["@resync/resilience", "@resync/telemetry", "@resync/store", "@resync/service"],
  ["@resync/tws", "@resync/tws-simulator", "@resync/rag", "@resync/identity"],
  ["@resync/api", "@resync/rag-engine"]
]

/** Packages that stand on `effect` alone. */
const bare = new Set(["@resync/resilience"])

const floorOf = (name: string) => floors.findIndex((floor) => floor.includes(name))

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Manifest

const problems: Array<string> = []
for (const file of globSync(["packages/*/package.json", "apps/*/package.json"])) {
  const manifest = manifestOf(file)
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const own = file.startsWith("apps") ? floors.length : floorOf(manifest.name)
  if (own === -1) problems.push(`${file}: ${manifest.name} has no floor in scripts/tasks/directions.ts`)
  for (const dependency of dependencies.filter((name) => name.startsWith("@resync/"))) {
    const floor = floorOf(dependency)
    if (floor === -1) problems.push(`${file}: nothing may depend on the app ${dependency}`)
    else if (floor >= own) problems.push(`${file}: ${manifest.name} must not know ${dependency}, which is not below it`)
  }
  if (bare.has(manifest.name)) {
    for (const name of dependencies.filter((name) => name !== "effect")) {
      problems.push(`${file}: ${manifest.name} needs only effect, not ${name}`)
    }
  }
}

/** What a file imports, by the names it imports from. Examples in comments do not count. */
const imports = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^(?!\s*(?:\*|\/\/)).*?(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"\n]+)"/gm)].map(
    ([, target]) => target as string
  )

const packageOf = (target: string) => target.split("/", target.startsWith("@") ? 2 : 1).join("/")

for (const file of globSync(["packages/*/{src,test}/**/*.ts", "apps/*/{src,test}/**/*.ts"])) {
  const home = file.split("/").slice(0, 2).join("/")
  const { name, dependencies, devDependencies, peerDependencies } = manifestOf(`${home}/package.json`)
  const tested = file.startsWith(`${home}/test/`)
  const declared = { ...dependencies, ...peerDependencies, ...(tested ? { ...devDependencies, [name]: "" } : {}) }
  for (const target of imports(file)) {
    if (target.startsWith(".")) {
      const path = new URL(target, `file:///${file}`).pathname.slice(1)
      if (!path.startsWith(`${home}/`))
        problems.push(`${file}: ${target} leaves ${home}; import it by its package name`)
    } else if (!isBuiltin(target) && !Object.hasOwn(declared, packageOf(target))) {
      problems.push(`${file}: ${packageOf(target)} is not among the dependencies of ${home}/package.json`)
    }
  }
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
