// Brings what this repository pins and a machine may lack: Node, pnpm, and the packages of the workspace.
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { exclusively } from "./lock.mjs"

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

const toolchain = path.join(root, "scripts/toolchain")
const windows = process.platform === "win32"
const platform = `${windows ? "win" : process.platform}-${process.arch}`
const pnpm = path.join(toolchain, "node_modules/pnpm/bin/pnpm.mjs")

/** The pinned Node. Apple silicon has its package under another name. */
export const node = path.join(
  toolchain,
  `node_modules/node-${platform === "darwin-arm64" ? "bin-" : ""}${platform}/bin/node${windows ? ".exe" : ""}`
)

const toolsStamp = path.join(toolchain, "node_modules/.resync")
const packagesStamp = path.join(root, "node_modules/.resync")

const digest = (...files) => {
  const hash = createHash("sha256")
  for (const file of files) hash.update(readFileSync(path.join(root, file)))
  return hash.digest("hex")
}

const stamped = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted

/** A cleaned or new package folder has no links yet, although nothing in the lockfile changed. */
const linked = () =>
  ["packages", "apps"]
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => path.join(parent, name)))
    .concat("test", "scripts/bench")
    .map((folder) => path.join(root, folder))
    .every((folder) => !existsSync(path.join(folder, "package.json")) || existsSync(path.join(folder, "node_modules")))

/**
 * The environment of an installation. A task started as `npm test --silent` or `npm --prefix there start` hands its
 * own options down as variables; only those that say where packages come from may reach an installation.
 */
const environment = () => {
  const source =
    /^npm_config_(.*registry|.*proxy|ca|cafile|cert|key|cache|strict_ssl|userconfig|globalconfig|fetch_.*)$/i
  const kept = Object.entries(process.env).filter(
    ([name]) => name !== "NODE_ENV" && (!/^npm_/i.test(name) || source.test(name))
  )
  return { ...Object.fromEntries(kept), CI: "true" }
}

/** Runs one step in silence and shows its output only if it fails. Ends with it when this process is told to end. */
const step = (title, [command, ...args], cwd, onStart) =>
  new Promise((resolve, reject) => {
    process.stderr.write(`resync: ${title}\n`)
    const child = spawn(command, args, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] })
    const output = []
    let stopped
    const stop = (signal) => {
      stopped = signal
      child.kill("SIGTERM")
    }
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"]
    for (const signal of signals) process.on(signal, stop)
    child.stdout.on("data", (chunk) => output.push(chunk))
    child.stderr.on("data", (chunk) => output.push(chunk))
    child.on("spawn", () => onStart(child.pid))
    child.on("error", reject)
    child.on("close", (code) => {
      for (const signal of signals) process.off(signal, stop)
      if (stopped !== undefined) process.exit(128 + constants.signals[stopped])
      if (code === 0) resolve()
      else reject(new Error(`${title} failed\n${Buffer.concat(output).toString()}`))
    })
  })

const npm = () => {
  const running = process.env.npm_execpath
  if (running !== undefined && path.basename(running) === "npm-cli.js") return [process.execPath, running]
  const beside = path.join(path.dirname(process.execPath), "node_modules/npm/bin/npm-cli.js")
  return windows ? [process.execPath, beside] : ["npm"]
}

/** Switches the hooks of this repository on in a checkout whose owner has chosen no other. */
const enableHooks = () => {
  const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" })
  if (process.env.CI || !existsSync(path.join(root, ".git"))) return
  if (git("config", "--get", "core.hooksPath").status === 1) git("config", "core.hooksPath", ".githooks")
}

/** Makes `node` and `node_modules` fit the lockfiles. Costs a few milliseconds when they do already. */
export const setUp = async () => {
  const tools = digest("scripts/toolchain/package-lock.json")
  const packages = digest("pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json")
  const done = () => stamped(toolsStamp, tools) && stamped(packagesStamp, packages) && linked()
  if (done()) return
  await exclusively(path.join(toolchain, ".lock"), async (holdFor) => {
    if (done()) return
    // A stamp goes before its folder changes: an installation killed half-way is begun again by the next task.
    if (!stamped(toolsStamp, tools)) {
      rmSync(toolsStamp, { force: true })
      const install = [...npm(), "ci", "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
      await step("bringing Node 24 and pnpm", install, toolchain, holdFor)
      if (!existsSync(node)) throw new Error(`there is no Node 24 package for ${platform}`)
      writeFileSync(toolsStamp, tools)
    }
    rmSync(packagesStamp, { force: true })
    await step("installing packages", [node, pnpm, "install", "--frozen-lockfile"], root, holdFor)
    writeFileSync(packagesStamp, packages)
    enableHooks()
  })
}
