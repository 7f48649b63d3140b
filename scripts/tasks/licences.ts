/** What is delivered may hold only packages under these licences. Tools of development are not delivered. */
import { pnpm, run } from "./run.ts"

const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "PostgreSQL",
  "Python-2.0",
  "Unlicense",
  "Zlib"
])

/** Packages that name their licence loosely, with what the text they ship says. */
const read = new Map([["duck@0.1.12", "BSD-2-Clause"]])

/** SPDX expressions as packages write them: `MIT`, `(MIT OR CC0-1.0)`, `MIT AND ISC`. */
const accepted = (expression: string): boolean =>
  expression
    .replaceAll(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((licence) => allowed.has(licence.trim())))

const { code, output } = await run(
  pnpm("--filter", "./packages/*", "--filter", "./apps/*", "licenses", "list", "--prod", "--json")
)
if (code !== 0) {
  console.error(output)
  process.exit(1)
}

type Listing = Readonly<
  Record<string, ReadonlyArray<{ readonly name: string; readonly versions: ReadonlyArray<string> }>>
>
const refused = Object.entries(JSON.parse(output) as Listing).flatMap(([licence, packages]) =>
  packages
    .flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`))
    .filter((name) => !accepted(read.get(name) ?? licence))
    .map((name) => `${name}: ${licence}`)
)
for (const line of refused) console.error(line)
process.exit(refused.length === 0 ? 0 : 1)
