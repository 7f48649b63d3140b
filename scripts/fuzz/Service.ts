/** The whole service as a process of its own, on embedded defaults and a free port, with sign-in and without limits. */
import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

export interface Memory {
  readonly heapUsed: number
  readonly rss: number
}

const startWithin = 120_000

export class Service {
  readonly origin: URL
  /** That of the first administrator, which the service prints. */
  readonly oneTimePassword: string
  readonly #child: ChildProcess
  readonly #folder: string
  #exit: string | undefined

  private constructor(origin: URL, oneTimePassword: string, child: ChildProcess, folder: string) {
    this.origin = origin
    this.oneTimePassword = oneTimePassword
    this.#child = child
    this.#folder = folder
    child.on("exit", (code, signal) => {
      this.#exit = `the service ended with ${signal ?? code}`
    })
  }

  /** What it says from then on goes to the file `log`, where one is named. */
  static start(log: string): Promise<Service> {
    const folder = mkdtempSync(path.join(tmpdir(), "resync-fuzz-"))
    const child = spawn(
      process.execPath,
      ["--expose-gc", "--import", "./scripts/fuzz/memory.mjs", "apps/gateway/src/main.ts"],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: {
          ...process.env,
          RESYNC_PORT: "0",
          RESYNC_DATA_DIR: folder,
          // The limits are tested elsewhere; here they would only keep requests from getting anywhere.
          RESYNC_RATE_LIMIT: "0",
          RESYNC_ADDRESS_RATE_LIMIT: "0",
          RESYNC_SIGN_IN_RATE_LIMIT: "0",
          RESYNC_ACCESS_TOKEN_LIFETIME: "48 hours",
          RESYNC_SESSION_LIFETIME: "48 hours",
          RESYNC_SESSION_IDLE: "48 hours",
          RESYNC_TRUSTED_PROXIES: "127.0.0.1",
          OTEL_LOG_LEVEL: "none"
        }
      }
    )
    return new Promise((resolve, reject) => {
      let output = ""
      const give = (reason: string) => {
        child.kill("SIGKILL")
        reject(new Error(`${reason}\n${output.slice(-2_000)}`))
      }
      const timer = setTimeout(() => give("the service does not start"), startWithin)
      child.once("exit", (code) => give(`the service ended with ${code}`))
      const written = log === "" ? undefined : createWriteStream(log)
      const read = (chunk: Buffer) => {
        written?.write(chunk)
        // What comes later is read and thrown away, so that the service never waits for its reader.
        if (output.length > 100_000) return
        output += chunk.toString()
        const found = /listen\S* (?:on|at) (http:\/\/\S+)/.exec(output)?.[1]
        const password = /one-time password (\S+)/.exec(output)?.[1]
        if (found === undefined || password === undefined) return
        clearTimeout(timer)
        child.removeAllListeners("exit")
        output = " ".repeat(100_001)
        resolve(new Service(new URL(found), password, child, folder))
      }
      child.stdout?.on("data", read)
      child.stderr?.on("data", read)
    })
  }

  /** How it ended, if it did. */
  get ended(): string | undefined {
    return this.#exit
  }

  /** What it holds after a collection. */
  memory(): Promise<Memory> {
    return new Promise((resolve) => {
      this.#child.once("message", (message) => resolve(message as Memory))
      this.#child.send("memory")
    })
  }

  async stop(): Promise<void> {
    if (this.#exit === undefined) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve))
      this.#child.kill("SIGTERM")
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
