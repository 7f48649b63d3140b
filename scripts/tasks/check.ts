/** Types, Effect diagnostics, lint, format and the directions of the house, side by side; fails if one of them does. */
import { spawn, spawnSync } from "node:child_process"

const tsgo = spawnSync(process.execPath, ["node_modules/@effect/tsgo/dist/effect-tsgo.cjs", "get-exe-path"], {
  encoding: "utf8"
}).stdout.trim()

const checks: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>> = {
  "types and Effect diagnostics": [tsgo, "--noEmit", "--project", "tsconfig.json"],
  "lint and format": [process.execPath, "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  "dependency directions": [process.execPath, "scripts/tasks/directions.ts"]
}

const run = (title: string, [command, ...args]: readonly [string, ...ReadonlyArray<string>]) =>
  new Promise<boolean>((resolve) => {
    const output: Array<Buffer> = []
    const child = spawn(command, args)
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk))
    child.on("close", (code) => {
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${title}`)
      if (code !== 0) console.log(Buffer.concat(output).toString())
      resolve(code === 0)
    })
  })

const results = await Promise.all(Object.entries(checks).map(([title, command]) => run(title, command)))
process.exit(results.every(Boolean) ? 0 : 1)
