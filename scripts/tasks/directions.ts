/**
 * The directions of the house: a package may depend only on those below it, and nothing depends on an app.
 * pnpm links just what a package.json declares, so an import that is not declared does not resolve; what is left to
 * hold is the declarations themselves.
 */
import { globSync, readFileSync } from "node:fs"

/** From the ground up. A package may use any package of a lower floor. */
const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["@resync/resilience", "@resync/telemetry", "@resync/store"],
  ["@resync/tws", "@resync/tws-simulator", "@resync/rag"],
  ["@resync/api", "@resync/rag-engine", "@resync/identity"]
]

/** Packages that stand on `effect` alone. */
const bare = new Set(["@resync/resilience"])

const floorOf = (name: string) => floors.findIndex((floor) => floor.includes(name))

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const problems: Array<string> = []
for (const file of globSync(["packages/*/package.json", "apps/*/package.json"])) {
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest
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

for (const file of globSync(["packages/*/{src,test}/**/*.ts", "apps/*/{src,test}/**/*.ts"])) {
  const home = file.split("/").slice(0, 2).join("/")
  for (const [, target] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]*)"/g)) {
    const path = new URL(target as string, `file:///${file}`).pathname.slice(1)
    if (!path.startsWith(`${home}/`)) problems.push(`${file}: ${target} leaves ${home}; import it by its package name`)
  }
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
