/** Every package has a coverage floor, and no floor is lower than it was in the last commits. */
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import { decodeFloors, type Floors, floorsFile, measures, readFloors } from "./coverage.ts"

/** What the floors were at a revision; nothing where there is no history to ask. */
const at = (revision: string): Floors => {
  const git = spawnSync("git", ["show", `${revision}:${floorsFile}`], { encoding: "utf8" })
  return git.status === 0 ? decodeFloors(git.stdout) : {}
}

const floors = readFloors()
const problems: Array<string> = []

const homes = new Set(
  globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"]).map((file) => file.split("/").slice(0, 2).join("/"))
)
for (const home of homes) if (floors[home] === undefined) problems.push(`${home} has no floor in ${floorsFile}`)

for (const revision of ["HEAD", "HEAD^"]) {
  for (const [home, before] of Object.entries(at(revision))) {
    if (!homes.has(home)) continue
    for (const measure of measures) {
      const now = floors[home]?.[measure] ?? 0
      if (now < before[measure]) {
        problems.push(`${home}: the floor of ${measure} fell from ${before[measure]} (${revision}) to ${now}`)
      }
    }
  }
}

for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
