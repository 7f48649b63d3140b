/** Adapters for libraries whose calls are functions that return promises. */
import { Effect, type Scope } from "effect"
import type { Outcome } from "../../../packages/resilience/test/conformance/script/BreakerCase.ts"
import {
  type BreakerUnderTest,
  Lacks,
  type PatternUnderTest
} from "../../../packages/resilience/test/conformance/script/Subject.ts"
import type { Attempt, Ending } from "../../../packages/resilience/test/conformance/script/TimedCase.ts"
import * as VirtualTimers from "./VirtualTimers.ts"

/** What a call fails with. */
export class Down extends Error {}
/** What is told apart by a filter of errors and is to be ignored. */
export class Ignored extends Error {}

type Timers = ReturnType<typeof VirtualTimers.install>

/** A call of the library, which gives the body a signal if it can interrupt it. */
export type Execute = (
  body: (signal: AbortSignal | undefined) => Promise<string>,
  signal: AbortSignal
) => Promise<string>

/** The global clock stands still as long as the scope is open. */
export const timers: Effect.Effect<Timers, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(VirtualTimers.install),
  (installed) => Effect.sync(installed.uninstall)
)

const lacksInterruption = new Lacks({ what: "interruption of a call" })

const endAs = (as: Exclude<Outcome, "X">): Promise<string> => {
  switch (as) {
    case "S":
      return Promise.resolve("up")
    case "F":
      return Promise.reject(new Down("down"))
    case "I":
      return Promise.reject(new Ignored("ignored"))
    case "D":
      return Promise.reject(new TypeError("bug"))
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")))
  })

export const breaker = (
  clock: Timers,
  execute: Execute,
  state: () => "CLOSED" | "OPEN" | "HALF_OPEN",
  interruptible: boolean
): BreakerUnderTest => {
  const calls = new Map<string, { readonly end: (as: Promise<string>) => void; readonly abort: () => void }>()
  return {
    start: (name) =>
      Effect.promise(async () => {
        let ran = false
        let end: (as: Promise<string>) => void = () => {}
        const outcome = new Promise<string>((resolve) => {
          end = resolve
        })
        const controller = new AbortController()
        const body = () => {
          ran = true
          return Promise.race([outcome, aborted(controller.signal)])
        }
        execute(body, controller.signal).catch(() => {})
        await VirtualTimers.settle()
        calls.set(name, { end, abort: () => controller.abort() })
        return ran
      }),
    end: (name, as) => {
      const call = calls.get(name)
      if (call === undefined) return Effect.void
      if (as === "X" && !interruptible) return Effect.fail(lacksInterruption)
      return Effect.promise(async () => {
        if (as === "X") call.abort()
        else call.end(endAs(as))
        await VirtualTimers.settle()
      })
    },
    pass: (millis) => Effect.promise(() => clock.pass(millis)),
    state: Effect.sync(state)
  }
}

/** Does what an attempt is to do, and lets go when it is interrupted. */
const attempt = ({ ends, letsGo = 0, takes }: Attempt, signal: AbortSignal | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const finish = () => (ends === "S" ? resolve("up") : reject(new Down("down")))
    if (takes === 0) return finish()
    if (Number.isFinite(takes)) setTimeout(finish, takes)
    signal?.addEventListener("abort", () => {
      const abort = () => reject(new DOMException("aborted", "AbortError"))
      if (letsGo === 0) abort()
      else setTimeout(abort, letsGo)
    })
  })

export const pattern = (
  clock: Timers,
  execute: Execute,
  endingOf: (error: unknown) => Ending,
  interruptible: boolean
): PatternUnderTest => ({
  now: clock.now,
  pass: (millis) => Effect.promise(() => clock.pass(millis)),
  start: (observer, weight) =>
    weight > 1
      ? Effect.fail(new Lacks({ what: "calls that need several permits" }))
      : Effect.promise(async () => {
          const controller = new AbortController()
          const endingWith = (error: unknown): Ending => {
            if (error instanceof Down) return "F"
            // Who interrupts a call is the caller or a limit of the library.
            return isAbort(error) ? (controller.signal.aborted ? "cancelled" : "timeout") : endingOf(error)
          }
          execute((signal) => attempt(observer.started(), signal), controller.signal).then(
            () => observer.ended("S"),
            (error) => observer.ended(endingWith(error))
          )
          await VirtualTimers.settle()
          return {
            interrupt: interruptible
              ? Effect.promise(() => {
                  controller.abort()
                  return VirtualTimers.settle()
                })
              : Effect.fail(lacksInterruption)
          }
        })
})

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError"
