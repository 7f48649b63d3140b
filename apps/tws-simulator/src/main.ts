#!/usr/bin/env node
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Effect, Exit } from "effect"
import { Command } from "effect/cli"
import { simulator } from "./SimulatorCommand.ts"

const program = simulator.pipe(
  Command.run({ version: "0.1.0" }),
  Effect.catchTag("ServeError", ({ cause }) =>
    Effect.andThen(
      Console.error(`simulator: cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`),
      Effect.fail("not listening" as const)
    )
  ),
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(NodeServices.layer)
)

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  // A signal ends the program as it is meant to, so it is no failure.
  teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
})
