import type { Approval, AwaitingApproval } from "@resync/api/Command"
import type { CommandId } from "@resync/api/CommandId"
import type { CommandProblem } from "@resync/api/CommandProblems"
import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import type { UpstreamProblem } from "@resync/api/UpstreamProblems"
import type { Target } from "@resync/identity/model/Scope"
import { Context, type Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Any, Command, CommandHandler, Failed } from "../../dispatch/Command.ts"
import type { CommandRecord } from "./CommandRecord.ts"

/** How a command is answered. */
export type Ran<A> = (
  | { readonly _tag: "Answered"; readonly answer: A }
  | { readonly _tag: "Awaiting"; readonly awaiting: AwaitingApproval }
) & {
  readonly commandId: CommandId
  /** Whether it is the answer of an earlier command with the same key. */
  readonly replayed: boolean
}

/** What goes with a command. */
export interface RunOptions {
  readonly key?: string | undefined
}

/** Sends commands: all of them through one pipeline, in this order. */
export class Commands extends Context.Service<
  Commands,
  {
    /** All commands that have a handler, by name. */
    readonly all: ReadonlyMap<string, Any>
    handle<Request, Answer, E extends Problem>(
      command: Command<Request, Answer, E>,
      handler: CommandHandler<Request, Answer, E>
    ): void
    /** authorize → validate → idempotency → approvals → audit of the intent → act → audit of the outcome. */
    run<Request, Answer, E extends Problem>(
      command: Command<Request, Answer, E>,
      request: Request,
      options?: RunOptions
    ): Effect.Effect<Ran<Answer>, E | CommandProblem, CurrentPrincipal>
    /**
     * Carries out a command that somebody has agreed to, in the name of who asked for it and by the rights of who agreed. Nothing
     * when it does not wait any more. How it ended is told by its record.
     */
    perform(
      record: CommandRecord,
      approval: Approval
    ): Effect.Effect<CommandRecord | undefined, SqlError, CurrentPrincipal>
    /** What of a kept command lies outside of what the current principal, who may agree to it, is narrowed to. */
    outside(record: CommandRecord): Effect.Effect<Target | undefined, Failed<UpstreamProblem>, CurrentPrincipal>
    /** Part of a bulk command: without a key, without an approval of its own, once for its target. */
    runItem<Request, Answer, E extends Problem>(
      parent: { readonly id: CommandId },
      command: Command<Request, Answer, E>,
      request: Request
    ): Effect.Effect<Ran<Answer>, E | CommandProblem, CurrentPrincipal>
  }
>()("@resync/gateway/Commands") {}
