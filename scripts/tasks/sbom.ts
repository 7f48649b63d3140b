/**
 * The software bill of materials of what is delivered, by pnpm from the lockfile: CycloneDX into `dist/sbom.cdx.json`, or with
 * `--format spdx` SPDX into `dist/sbom.spdx.json`. `--verify` writes nothing and fails unless every package has its place of
 * origin, its licence and the hash of its contents.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { pnpm, run } from "./run.ts"

const formats = { cyclonedx: "cdx", spdx: "spdx" } as const

const { values } = parseArgs({
  options: { format: { type: "string", default: "cyclonedx" }, verify: { type: "boolean", default: false } }
})

const fail = (message: string): never => {
  console.error(message)
  process.exit(1)
}

if (!(values.format in formats)) fail(`no format ${values.format}: choose one of ${Object.keys(formats).join(", ")}`)
const format = values.format as keyof typeof formats

const { code, output } = await run(
  pnpm(
    ...["--filter", "./packages/*", "--filter", "./apps/*"],
    ...["sbom", "--prod", "--sbom-type", "application", "--sbom-format", format]
  )
)
if (code !== 0) fail(output)

interface Component {
  readonly name: string
  readonly version?: string
  readonly purl?: string
  readonly licenses?: ReadonlyArray<unknown>
  readonly externalReferences?: ReadonlyArray<{ readonly hashes?: ReadonlyArray<{ readonly alg: string }> }>
}

/** What a component of the bill lacks to tell where it comes from and that it is what it claims. */
const lacks = ({ externalReferences, licenses, purl, version }: Component): ReadonlyArray<string> => [
  ...(version === undefined || purl === undefined ? ["version and package URL"] : []),
  ...(licenses === undefined || licenses.length === 0 ? ["licence"] : []),
  ...(externalReferences?.some((reference) => (reference.hashes?.length ?? 0) > 0) ? [] : ["hash of its contents"])
]

if (values.verify) {
  const { components } = JSON.parse(output) as { readonly components: ReadonlyArray<Component> }
  const foreign = components.filter(({ name }) => !name.startsWith("@resync/"))
  if (foreign.length === 0) fail("the bill names no package")
  const problems = foreign.flatMap((component) =>
    lacks(component).map((part) => `${component.name}@${component.version}: no ${part}`)
  )
  if (problems.length > 0) fail(problems.join("\n"))
} else {
  const file = `dist/sbom.${formats[format]}.json`
  mkdirSync("dist", { recursive: true })
  writeFileSync(file, output)
  console.log(file)
}
