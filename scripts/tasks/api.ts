/**
 * The frozen surface of the packages: an `api.md` beside a `package.json` holds the declarations of all that the package
 * exports, as the compiler makes them, so that a change of any public type shows in a diff. `--write` brings them up to date.
 *
 * A package is frozen by having the file; an empty one will do to begin with.
 */
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { node, run } from "./run.ts"

const write = process.argv.includes("--write")
const frozen = globSync("packages/*/api.md").map((file) => path.dirname(file))

const scratch = mkdtempSync("node_modules/.api-")
const tsconfig = path.join(scratch, "tsconfig.json")
writeFileSync(
  tsconfig,
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      noEmit: false,
      // What is wrong with the types is for another check to say.
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      removeComments: true,
      rewriteRelativeImportExtensions: true,
      rootDir: "../../packages",
      outDir: "."
    },
    include: frozen.map((home) => `../../${home}/src`)
  })
)

const declarations = (file: string) => readFileSync(file, "utf8").replace(/^export \{\};\n/m, "")

/** The private modules that declarations name, and those that these name in turn. */
const privateModules = (
  files: ReadonlyArray<string>,
  known: ReadonlySet<string> = new Set()
): ReadonlyArray<string> => {
  const named = files.flatMap((file) =>
    [...declarations(file).matchAll(/(?:from |import\()"(\.[^"]*)\.ts"/g)].map(([, target]) =>
      path.join(path.dirname(file), `${target}.d.ts`)
    )
  )
  const found = new Set(named.filter((file) => file.includes("/internal/") && !known.has(file)))
  return found.size === 0 ? [...known].sort() : privateModules([...found], new Set([...known, ...found]))
}

const section = (title: string, file: string) => `## ${title}\n\n\`\`\`ts\n${declarations(file).trim()}\n\`\`\`\n`

const report = (home: string): string => {
  const { name, exports } = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8")) as {
    readonly name: string
    readonly exports: Readonly<Record<string, string | null>>
  }
  const src = path.join(scratch, path.basename(home), "src")
  const nameOf = (file: string) => path.relative(src, file).slice(0, -".d.ts".length)
  // A list of a folder's modules has nothing of its own to say beside them.
  const modules = Object.values(exports)
    .flatMap((target) => (target === null ? [] : globSync(target.replace("./src", src).replace(/\.ts$/, ".d.ts"))))
    .flatMap((file) => (path.basename(file) === "index.d.ts" ? globSync(`${path.dirname(file)}/*.d.ts`) : [file]))
    .filter((file) => path.basename(file) !== "index.d.ts")
  const sorted = [...new Set(modules)].sort()
  return [
    `# API of ${name}\n`,
    "What the package exports, as the compiler declares it: made by `npm run fix`, held by `npm run check`.\n",
    ...sorted.map((file) => section(`\`${name}/${nameOf(file)}\``, file)),
    ...privateModules(sorted).map((file) => section(`Private, but named above: \`${nameOf(file)}\``, file))
  ].join("\n")
}

let code = 0
if (frozen.length > 0) {
  const compiled = await run(node("node_modules/typescript/bin/tsc", "--project", tsconfig))
  // Declarations come out also of a program with errors, which the check of the types reports.
  if (!existsSync(path.join(scratch, path.basename(frozen[0] ?? "")))) {
    console.error(compiled.output)
    code = 1
  }
}
for (const home of code === 0 ? frozen : []) {
  const file = path.join(home, "api.md")
  const wanted = report(home)
  if (readFileSync(file, "utf8") === wanted) continue
  if (write) {
    writeFileSync(file, wanted)
    continue
  }
  const now = path.join(scratch, "api.md")
  writeFileSync(now, wanted)
  const { stdout } = spawnSync("git", ["diff", "--no-index", "--unified=1", "--", file, now], { encoding: "utf8" })
  console.error(`${file}: the public surface has changed. If it is meant to: npm run fix\n${stdout}`)
  code = 1
}
rmSync(scratch, { recursive: true, force: true })
process.exit(code)
