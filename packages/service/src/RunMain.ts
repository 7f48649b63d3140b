import { constants } from "node:os"
import { Cause, Effect, Exit, Runtime } from "effect"

type Signal = "SIGINT" | "SIGTERM"

/**
 * Runs the program of a service as the process. The first SIGINT or SIGTERM interrupts it, so that it finishes what is
 * under way and closes what it opened; that is an orderly end with exit code 0. A second signal ends the process at once.
 */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let stopping = false
  const onSignal = (signal: Signal) => {
    if (stopping) process.exit(128 + constants.signals[signal])
    stopping = true
    fiber.interruptUnsafe(fiber.id)
  }
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
  fiber.addObserver((exit) => teardown(exit, (code) => process.exit(code)))
})

/** An interruption is the orderly end of a service. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)

/** Ends a start that failed: its one line goes to stderr with the program's name, and the exit code is 1. */
export const failStart = (message: string, program = "resync") =>
  Effect.andThen(
    Effect.sync(() => process.stderr.write(`${program}: ${message}\n`)),
    Effect.sync(() => process.exit(1))
  )
