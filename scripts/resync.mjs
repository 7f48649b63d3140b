#!/usr/bin/env node
// Runs one task of this repository with the Node and the pnpm that it pins, and brings both first if they are missing.
// Needs only Node 20 or newer and npm. Usage: node scripts/resync.mjs <task> [arguments]
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const toolchain = path.join(root, "scripts/toolchain")
const windows = process.platform === "win32"
const platform = `${windows ? "win" : process.platform}-${process.arch}`
const node = path.join(
  toolchain,
  `node_modules/node-${platform === "darwin-arm64" ? "bin-" : ""}${platform}/bin/node${windows ? ".exe" : ""}`
)
const pnpm = path.join(toolchain, "node_modules/pnpm/bin/pnpm.mjs")
const lock = path.join(root, "node_modules/.setup-lock")

/** Each task is a list of commands for the pinned Node, run one after the other until one fails. */
const tasks = {
  audit: [["scripts/tasks/audit.ts"]],
  bench: [["scripts/tasks/bench.ts"]],
  build: [["scripts/tasks/build.ts"]],
  check: [["scripts/tasks/check.ts"]],
  fix: [["node_modules/@biomejs/biome/bin/biome", "check", "--write", "."]],
  setup: [],
  simulator: [["apps/tws-simulator/src/main.ts"]],
  start: [["apps/gateway/src/main.ts"]],
  test: [["scripts/tasks/test.ts"]]
}

const fail = (message) => {
  process.stderr.write(`resync: ${message}\n`)
  process.exit(1)
}

const digest = (...files) => {
  const hash = createHash("sha256")
  for (const file of files) hash.update(readFileSync(path.join(root, file)))
  return hash.digest("hex")
}

/** Runs a set-up step in silence and shows its output only when it fails. */
const step = (title, command, args, cwd) => {
  process.stderr.write(`resync: ${title}\n`)
  const run = spawnSync(command, args, { cwd, encoding: "utf8", shell: windows && command === "npm" })
  if (run.status !== 0) fail(`${title} failed\n${run.error?.message ?? ""}${run.stdout ?? ""}${run.stderr ?? ""}`)
}

const upToDate = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted

/** Two tasks started at once must not install into one folder at the same time: the second one waits. */
const exclusively = (work) => {
  mkdirSync(path.dirname(lock), { recursive: true })
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" })
      break
    } catch {
      const owner = Number(existsSync(lock) ? readFileSync(lock, "utf8") : 0)
      let alive = owner > 0
      try {
        if (alive) process.kill(owner, 0)
      } catch {
        alive = false
      }
      if (!alive) rmSync(lock, { force: true })
      else if (waited > 600) fail(`set-up by process ${owner} does not end`)
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { force: true })
  }
}

const setUp = () => {
  const tools = digest("scripts/toolchain/package-lock.json")
  const packages = digest("pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json")
  const toolsStamp = path.join(toolchain, "node_modules/.resync")
  const packagesStamp = path.join(root, "node_modules/.resync")
  if (upToDate(toolsStamp, tools) && upToDate(packagesStamp, packages)) return
  exclusively(() => {
    if (!upToDate(toolsStamp, tools)) {
      step("bringing Node 24 and pnpm", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], toolchain)
      if (!existsSync(node)) fail(`no Node 24 package for ${platform}`)
      writeFileSync(toolsStamp, tools)
    }
    if (!upToDate(packagesStamp, packages)) {
      step("installing packages", node, [pnpm, "install", "--frozen-lockfile"], root)
      writeFileSync(packagesStamp, packages)
    }
  })
}

const run = (args) =>
  new Promise((resolve) => {
    const bin = path.dirname(node)
    const child = spawn(node, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` }
    })
    // A terminal signals the whole group and the child hears it by itself; a supervisor signals only this process.
    const forward = (signal) => {
      if (!process.stdin.isTTY) child.kill(signal)
    }
    process.on("SIGINT", forward)
    process.on("SIGTERM", forward)
    process.on("SIGHUP", forward)
    child.on("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)))
  })

const [name, ...args] = process.argv.slice(2)
const task = tasks[name]
if (task === undefined) fail(`no task ${name ?? ""}: choose one of ${Object.keys(tasks).join(", ")}`)
setUp()
for (const command of task) {
  const code = await run([...command, ...args])
  if (code !== 0) process.exit(code)
}
