/** The parts of the set-up whose failure would be seen only on a bad day: the lock, and the way of a signal. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { setTimeout } from "node:timers/promises"
import { afterAll, assert, describe, it } from "@effect/vitest"

const root = path.dirname(import.meta.dirname)
const folder = mkdtempSync(path.join(tmpdir(), "resync-setup-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const node = (...args: ReadonlyArray<string>) =>
  spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] })

const ended = async (child: ChildProcess) => {
  const [code, signal] = await once(child, "exit")
  return code ?? signal
}

describe("the lock", () => {
  // Each holder would see another one: the file it creates must not exist. Some are killed while they hold the lock.
  const contender = `
    import { rmSync, writeFileSync } from "node:fs"
    import { exclusively } from ${JSON.stringify(path.join(root, "scripts/setup/lock.mjs"))}
    const [lock, inside, dies] = process.argv.slice(2)
    for (let turn = 0; turn < 3; turn++) {
      await exclusively(lock, async () => {
        writeFileSync(inside, "", { flag: "wx" })
        await new Promise((resolve) => setTimeout(resolve, 5))
        rmSync(inside)
        if (dies === "true") process.kill(process.pid, "SIGKILL")
      })
    }
  `
  it("has one holder at a time and outlives each of them", { timeout: 60_000 }, async () => {
    const program = path.join(folder, "contender.mjs")
    writeFileSync(program, contender)
    const children = [true, false, true, false].map((dies) =>
      node(program, path.join(folder, "lock"), path.join(folder, "inside"), String(dies))
    )
    assert.deepStrictEqual(await Promise.all(children.map(ended)), ["SIGKILL", 0, "SIGKILL", 0])
  })
})

// Windows has no signals to pass on.
describe.skipIf(process.platform === "win32")("a request to stop", () => {
  const service = `
    for (const stop of ["SIGINT", "SIGTERM"]) process.on(stop, () => console.log("heard"))
    process.stdin.on("end", () => process.exit(7)).resume()
    console.log("ready")
  `
  const start = async () => {
    const program = path.join(folder, "service.mjs")
    writeFileSync(program, service)
    const child = spawn(process.execPath, ["--import", "./scripts/setup/one-stop.mjs", program], {
      cwd: root,
      stdio: ["pipe", "pipe", "inherit"]
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    assert.strictEqual((await lines.next()).value, "ready")
    return { child, lines }
  }

  it("counts once when it arrives by several ways together", async () => {
    const { child, lines } = await start()
    child.kill("SIGTERM")
    assert.strictEqual((await lines.next()).value, "heard")
    child.kill("SIGTERM")
    child.kill("SIGINT")
    child.stdin.end()
    assert.strictEqual(await ended(child), 7)
    assert.isTrue((await lines.next()).done)
  })

  it("counts again when it is repeated later", async () => {
    const { child, lines } = await start()
    for (let time = 0; time < 2; time++) {
      child.kill("SIGTERM")
      assert.strictEqual((await lines.next()).value, "heard")
      await setTimeout(600)
    }
    child.stdin.end()
    assert.strictEqual(await ended(child), 7)
  })
})
