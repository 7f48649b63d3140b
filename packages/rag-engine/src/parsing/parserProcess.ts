import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import type { Chunk } from "../chunking/Chunk.ts"
import { DocumentUnreadable } from "./DocumentUnreadable.ts"
import type { Answer, Question } from "./parserProcessMain.ts"

/** Sources run as they are; what is published is JavaScript. */
const program = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./parserProcessMain.ts" : "./parserProcessMain.js", import.meta.url)
)

/**
 * A process of its own and no thread: a thread that runs out of memory inside one large allocation takes the whole
 * process with it, whatever its limits say.
 */
export interface ParserProcess {
  readonly child: ChildProcess
  /** Asked, and has not answered. */
  busy: boolean
}

export const isAlive = ({ child }: ParserProcess): boolean => child.connected && child.exitCode === null

const setReferenced = ({ child }: ParserProcess, referenced: boolean) => {
  if (referenced) child.ref()
  else child.unref()
  child.channel?.[referenced ? "ref" : "unref"]()
}

export const spawn = (memory: number): Effect.Effect<ParserProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = fork(program, {
        execArgv: [`--max-old-space-size=${memory}`, "--disable-warning=ExperimentalWarning"],
        // It reads what strangers upload: it needs no secret of ours.
        env: {},
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"]
      })
      // Without a listener, a process that cannot be started would take this one with it.
      child.on("error", () => {})
      const process = { child, busy: false }
      setReferenced(process, false)
      return process
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const died = (code: number | null, signal: string | null) =>
  signal === "SIGABRT" || code === 134
    ? new DocumentUnreadable({ reason: "out-of-memory", detail: "Reading the document takes more memory than it may" })
    : new DocumentUnreadable({ reason: "corrupt", detail: `Its parser ended with ${signal ?? code}` })

/**
 * Asks a process and waits for its answer; `onParsed` runs when it has read what it is to cut. While it is asked it keeps this
 * process alive.
 */
export const ask = <A>(
  process: ParserProcess,
  question: Question,
  pick: (answer: Answer) => A | undefined,
  onParsed: () => void = () => {}
): Effect.Effect<A, DocumentUnreadable> =>
  Effect.callback((resume) => {
    const { child } = process
    const settle = (outcome: Effect.Effect<A, DocumentUnreadable>) => {
      detach()
      resume(outcome)
    }
    const pieces: Array<ReadonlyArray<Chunk>> = []
    const onMessage = (answer: unknown) => {
      const said = answer as Answer
      if ("parsed" in said) {
        onParsed()
        return
      }
      if ("piece" in said) {
        pieces.push(said.piece)
        return
      }
      process.busy = false
      if ("reason" in said) return settle(Effect.fail(new DocumentUnreadable(said)))
      const found = pick("cut" in said ? { cut: { ...said.cut, passages: pieces.flat() } } : said)
      if (found !== undefined) settle(Effect.succeed(found))
    }
    const onExit = (code: number | null, signal: string | null) => settle(Effect.fail(died(code, signal)))
    const detach = () => {
      child.off("message", onMessage).off("exit", onExit)
      setReferenced(process, false)
    }
    child.on("message", onMessage).on("exit", onExit)
    setReferenced(process, true)
    process.busy = true
    // A process that is gone says so by its exit, which is heard in any case.
    child.send(question, () => {})
    return Effect.sync(detach)
  })
