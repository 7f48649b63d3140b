/** How tasks run other programs. */
import { type SpawnOptions, spawn } from "node:child_process"
import { constants } from "node:os"

export type Command = readonly [program: string, ...args: ReadonlyArray<string>]

/** A command for the Node that runs this task. */
export const node = (...args: ReadonlyArray<string>): Command => [process.execPath, ...args]

export const biome = (...args: ReadonlyArray<string>): Command => node("node_modules/@biomejs/biome/bin/biome", ...args)

export const pnpm = (...args: ReadonlyArray<string>): Command =>
  node("scripts/toolchain/node_modules/pnpm/bin/pnpm.mjs", ...args)

export interface Finished {
  readonly code: number
  readonly output: string
}

const stops = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Runs a command to its end. A signal to this task goes to the command first, so that nothing is left behind. */
export const run = ([program, ...args]: Command, options: SpawnOptions = {}): Promise<Finished> =>
  new Promise((resolve) => {
    const child = spawn(program, args, options)
    const output: Array<Buffer> = []
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    for (const stop of stops) process.on(stop, forward)
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk))
    child.stderr?.on("data", (chunk: Buffer) => output.push(chunk))
    const finish = (code: number) => {
      for (const stop of stops) process.off(stop, forward)
      resolve({ code, output: Buffer.concat(output).toString() })
    }
    child.on("error", (error) => {
      output.push(Buffer.from(error.message))
      finish(1)
    })
    child.on("close", (code, signal) => finish(code ?? 128 + (signal === null ? 1 : constants.signals[signal])))
  })
