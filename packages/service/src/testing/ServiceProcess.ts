import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

/** A directory that is gone with the scope. */
export const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "resync-process-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
)

/** Where Node keeps what it has compiled, if anywhere: a program starts in half the time. */
const { NODE_COMPILE_CACHE } = process.env
const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }

/** A program as a process, with an environment of nothing of its own but `variables`. It is killed with the scope. */
export const start = (main: string, variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main], { env: { ...compiled, ...variables } })
      const output = { stdout: "", stderr: "" }
      const watchers = new Set<() => void>()
      const notify = () => {
        for (const watcher of watchers) watcher()
      }
      let code: number | null | undefined
      for (const name of ["stdout", "stderr"] as const) {
        child[name].on("data", (chunk) => {
          output[name] += String(chunk)
          notify()
        })
      }
      child.on("close", (exitCode) => {
        code = exitCode
        notify()
      })
      const when = <A>(look: () => A | undefined) =>
        Effect.callback<A>((resume) => {
          const watcher = () => {
            const found = look()
            if (found === undefined) return
            watchers.delete(watcher)
            resume(Effect.succeed(found))
          }
          watchers.add(watcher)
          watcher()
        })
      return {
        output,
        kill: (signal: NodeJS.Signals) => Effect.sync(() => child.kill(signal)),
        /** Where it listens; a program that ends before it does says why. */
        url: when(() => {
          if (code !== undefined) return { ended: output.stderr }
          const url = output.stdout.match(/listens at (http:\/\/127\.0\.0\.1:\d+)/)?.[1]
          return url === undefined ? undefined : { url }
        }).pipe(Effect.flatMap((found) => ("url" in found ? Effect.succeed(found.url) : Effect.die(found.ended)))),
        /** Once it has written `text`, to its output or its errors. */
        said: (text: string) => when(() => (`${output.stdout}${output.stderr}`.includes(text) ? text : undefined)),
        exit: when(() => (code === undefined ? undefined : { code }))
      }
    }),
    ({ exit, kill }) => Effect.andThen(kill("SIGKILL"), exit)
  )
