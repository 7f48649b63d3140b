import type { Problem } from "@resync/api/Problem"
import { Schema } from "effect"
import type { Any, CommandHandler } from "../../dispatch/Command.ts"
import * as DispatchMetrics from "../../dispatch/DispatchMetrics.ts"

/** A command with its handler, and what is made once for both. */
export interface Slot {
  readonly command: Any
  // biome-ignore lint/suspicious/noExplicitAny: the types are those of the command, by which it is found.
  readonly handler: CommandHandler<any, any, Problem>
  readonly metrics: DispatchMetrics.DispatchMetrics
  readonly encodeRequest: (request: unknown) => Schema.Json
  readonly decodeRequest: (json: Schema.Json) => unknown
  readonly encodeAnswer: (answer: unknown) => Schema.Json
  readonly decodeAnswer: (json: Schema.Json) => unknown
  readonly encodeProblem: (problem: unknown) => Schema.Json
  readonly decodeProblem: (json: Schema.Json) => Problem
}

// biome-ignore lint/suspicious/noExplicitAny: see above.
export const make = (command: Any, handler: CommandHandler<any, any, Problem>): Slot => ({
  command,
  handler,
  metrics: DispatchMetrics.make("command", command.name),
  encodeRequest: Schema.encodeSync(command.request),
  decodeRequest: Schema.decodeSync(command.request),
  encodeAnswer: Schema.encodeSync(command.answer),
  decodeAnswer: Schema.decodeSync(command.answer),
  encodeProblem: Schema.encodeSync(command.problems),
  decodeProblem: Schema.decodeSync(command.problems)
})
