#!/usr/bin/env node
// Runs one task of this repository with the Node and the packages that it pins, and brings them first if they are
// missing. Needs only Node 20 or newer and npm. Usage: node scripts/resync.mjs <task> [arguments]
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { constants } from "node:os"
import path from "node:path"
import { node, root, setUp } from "./setup/toolchain.mjs"

/**
 * What Node is told where a service runs. Requests leave little behind, but there are many at once: with room for the young
 * generation of some thousand of them, nearly all is dead when it is collected, and little is copied.
 */
const serviceFlags = JSON.parse(readFileSync(path.join(root, "scripts/setup/service-flags.json"), "utf8"))

const service = (main) => [...serviceFlags, "--import", "./scripts/setup/one-stop.mjs", main]

/** What the pinned Node runs for each task. */
const tasks = {
  advisories: ["scripts/tasks/advisories.ts"],
  audit: service("apps/gateway/src/audit.ts"),
  bench: ["scripts/tasks/bench.ts"],
  build: ["scripts/tasks/build.ts"],
  check: ["scripts/tasks/check.ts"],
  conformance: ["scripts/bench/conformance/main.ts"],
  fix: ["scripts/tasks/fix.ts"],
  fuzz: ["scripts/fuzz/main.ts"],
  mutation: ["scripts/tasks/mutation.ts"],
  "pre-commit": ["scripts/tasks/pre-commit.ts"],
  sbom: ["scripts/tasks/sbom.ts"],
  "rag-service": service("apps/rag-service/src/main.ts"),
  setup: ["--version"],
  simulator: service("apps/tws-simulator/src/main.ts"),
  start: service("apps/gateway/src/main.ts"),
  test: ["scripts/tasks/test.ts"],
  traces: service("scripts/tasks/traces.ts")
}

const fail = (message) => {
  process.stderr.write(`resync: ${message}\n`)
  process.exit(1)
}

/** Runs the pinned Node until it ends, passing on each signal, and ends as it ended. Never outlives the npm above it. */
const run = (args) => {
  const child = spawn(node, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` }
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // On Windows the console has told the child already, and a kill would not let it end in order.
      if (process.platform !== "win32" || signal === "SIGTERM") child.kill(signal)
    })
  }
  const parent = process.ppid
  const orphaned = () => process.ppid !== parent && child.kill("SIGTERM")
  if (process.env.npm_lifecycle_event !== undefined) setInterval(orphaned, 1_000).unref()
  child.on("error", (error) => fail(error.message))
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

const [name, ...args] = process.argv.slice(2)
if (!Object.hasOwn(tasks, name ?? "")) fail(`no task ${name ?? ""}: choose one of ${Object.keys(tasks).join(", ")}`)
await setUp().catch((error) => fail(error.message))
run([...tasks[name], ...args])
