/**
 * Builds `dist` of every package: JavaScript, declarations and maps.
 * All packages are one program, since they see each other's sources; what comes out is then put where each belongs.
 */
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { node, run } from "./run.ts"

const out = mkdtempSync("node_modules/.build-")
const { code } = await run(
  node("node_modules/typescript/bin/tsc", "--project", "tsconfig.build.json", "--outDir", out),
  { stdio: "inherit" }
)
if (code === 0) {
  for (const manifest of globSync("packages/*/package.json")) {
    const home = path.dirname(manifest)
    const built = path.join(out, path.basename(home), "src")
    if (!existsSync(built)) continue
    const dist = path.join(home, "dist")
    rmSync(dist, { recursive: true, force: true })
    renameSync(built, dist)
    for (const file of globSync(`${dist}/**/*.map`)) {
      const map = JSON.parse(readFileSync(file, "utf8")) as { sources: ReadonlyArray<string> }
      const back = path.relative(path.dirname(file), home)
      const inner = path.relative(dist, path.dirname(file))
      map.sources = map.sources.map((source) =>
        path.join(back, "src", inner, path.basename(source)).replaceAll(path.sep, "/")
      )
      writeFileSync(file, JSON.stringify(map))
    }
  }
}
rmSync(out, { recursive: true, force: true })
process.exit(code)
