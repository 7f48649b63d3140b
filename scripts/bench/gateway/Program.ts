/** Starts one of the programs of a comparison as a process of its own and stops it again. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type { HeapProfiler, Profiler } from "node:inspector"
import { connect, createServer } from "node:net"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

export interface Usage {
  readonly cpuMicros: number
  readonly rss: number
}

export interface Program {
  readonly port: number
  readonly pid: number
  /** What it has printed so far. */
  readonly output: () => string
  readonly usage: () => Promise<Usage>
  /** A CPU profile of the process while `work` runs. */
  readonly profile: (work: () => Promise<unknown>) => Promise<Profiler.Profile>
  /** What the process allocates while `work` runs, also what it has thrown away by then. */
  readonly allocations: (work: () => Promise<unknown>) => Promise<HeapProfiler.SamplingHeapProfile>
  readonly stop: () => Promise<void>
}

export interface ProgramOptions {
  readonly file: string
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: ReadonlyArray<string>
}

const serviceFlags: ReadonlyArray<string> = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, "../../setup/service-flags.json"), "utf8")
)

const freePort = async () => {
  const server = createServer()
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

/**
 * The port is passed as `PORT`, and as `RESYNC_PORT` to our own gateway. Each program has the flags of Node that `npm start`
 * gives the gateway.
 */
export const start = async ({ file, env = {}, execArgv = [] }: ProgramOptions): Promise<Program> => {
  const port = await freePort()
  const child = fork(path.resolve(import.meta.dirname, file), [], {
    env: { ...process.env, NODE_ENV: "production", PORT: String(port), RESYNC_PORT: String(port), ...env },
    execArgv: [...serviceFlags, "--import", path.join(import.meta.dirname, "Probe.ts"), ...execArgv],
    stdio: ["ignore", "pipe", "inherit", "ipc"]
  })
  const output: Array<Buffer> = []
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk))
  const exited = once(child, "exit")
  for (let waited = 0; !(await accepts(port)); waited += 50) {
    if (child.exitCode !== null || waited > 180_000) {
      throw new Error(`${file} does not listen on its port\n${Buffer.concat(output).toString()}`)
    }
    await sleep(50)
  }
  const ask = async (question: "usage" | "profile" | "profiled" | "heap" | "heaped"): Promise<unknown> => {
    const answer = once(child, "message")
    child.send(question)
    return (await answer)[0]
  }
  // What `Probe.ts` answers to each question.
  return {
    port,
    pid: child.pid ?? 0,
    output: () => Buffer.concat(output).toString(),
    usage: () => ask("usage") as Promise<Usage>,
    profile: async (work) => {
      await ask("profile")
      await work()
      return (await ask("profiled")) as Profiler.Profile
    },
    allocations: async (work) => {
      await ask("heap")
      await work()
      return (await ask("heaped")) as HeapProfiler.SamplingHeapProfile
    },
    stop: async () => {
      child.kill("SIGTERM")
      await exited
    }
  }
}
