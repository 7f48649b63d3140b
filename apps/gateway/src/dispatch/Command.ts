import type { Access } from "@resync/api/Access"
import type { CommandId } from "@resync/api/CommandId"
import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Problem } from "@resync/api/Problem"
import type { AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { Permission } from "@resync/identity/model/Permission"
import type { Expectation } from "@resync/tws/model/Accepted"
import { type DateTime, type Effect, Schema } from "effect"

/** A schema whose other side is JSON and which needs nothing. */
export type JsonCodec<A> = Schema.Codec<A, Schema.Json>

/**
 * A change: a name, the schema of what is asked, who may ask it, and on what it is done. Its handler is apart from it. All commands
 * go through one pipeline.
 */
export interface Command<in out Request, in out Answer, in out E> {
  readonly _tag: "Command"
  /** `tws.job.hold` for example: in metrics, in spans, in the audit trail and in approval policies. */
  readonly name: string
  /** Who may do it: the same as its endpoint says. */
  readonly access: Access
  /** What is asked, as it is kept, shown and written down: without secrets, for which there is `withheld`. */
  readonly request: JsonCodec<Request>
  /** What is answered, as it is kept, shown and written down: without secrets, for which there is `withheld`. */
  readonly answer: JsonCodec<Answer>
  /** What it can end in, to be kept and told again. */
  readonly problems: JsonCodec<E>
  readonly target: (request: Request) => AuditTarget | undefined
  /** Whether a policy can ask for somebody else to agree. */
  readonly approvable: boolean
  /**
   * Doing it twice is as good as doing it once: where its fate is unknown the caller is told what went wrong rather than that,
   * and may send it again with the same key.
   */
  readonly repeatable: boolean
  /** It concerns nothing that lies in a workstation or a folder, so that who is narrowed to some may do it all the same. */
  readonly everywhere: boolean
  /** Its answer holds a secret that is shown once: a repetition with the same key is told so, and not the answer. */
  readonly shownOnce: boolean
  /** What somebody needs beside `commands:read` to see it in the list, where it is not his own. */
  readonly readableBy: Permission | undefined
}

/** Any command, its types put aside. */
// biome-ignore lint/suspicious/noExplicitAny: only so does every command fit.
export type Any = Command<any, any, any>

/** What was found of the target before anything was done. */
export interface Seen {
  readonly target: AuditTarget
  /** How it is, for the audit trail. */
  readonly before: Schema.Json
  /** What the plan must show once the command is done, from how it is now. */
  readonly expects?: Expectation | undefined
  /** The commands that it consists of, whose policies count too. */
  readonly parts?: ReadonlyArray<{ readonly command: string; readonly target: AuditTarget }>
}

/**
 * How a command failed: `refused` is a verdict that stands, `notDone` surely did nothing and may be tried again, `unknown` may
 * have been done.
 */
export interface Failed<out E> {
  readonly fate: "refused" | "notDone" | "unknown"
  readonly problem: E
}

/** What a handler is told beside the request. */
export interface CommandContext {
  readonly commandId: CommandId
  readonly seen: Seen | undefined
}

/** How a command is carried out. */
export interface CommandHandler<in Request, Answer, out E> {
  /** Looks at the target. Where it fails with `notDone`, the command goes on without, unless a scope or a policy has to know. */
  readonly look?: (request: Request) => Effect.Effect<Seen | undefined, Failed<E>, CurrentPrincipal>
  readonly act: (request: Request, context: CommandContext) => Effect.Effect<Answer, Failed<E>, CurrentPrincipal>
  /** What the plan must show once an accepted command is done; without it a command is done when it is answered. */
  readonly expects?: (answer: Answer) => Expectation
  /** The answer of a command whose own was lost, by what the plan shows. */
  readonly found?: (expects: Expectation, sentAt: DateTime.Utc) => Answer
  /** The answer of a command that was under way when its process ended; without it its fate is unknown. */
  readonly recover?: (commandId: CommandId) => Effect.Effect<Answer>
  /** Looks for the effect of a command that names no object to look at; the answer, if it is found. */
  readonly seek?: (request: Request, before: Schema.Json | undefined) => Effect.Effect<Answer | undefined, Failed<E>>
  /** What was made, which had no id before. */
  readonly made?: (answer: Answer) => AuditTarget
  /** What the audit trail tells of the answer, by default what `answer` encodes it to. */
  readonly after?: (answer: Answer) => Schema.Json
}

type Optional = "approvable" | "repeatable" | "everywhere" | "shownOnce" | "readableBy"

/** Declares a command. */
export const make = <Request, Answer, E extends Problem>(
  name: string,
  options: Omit<Command<Request, Answer, E>, "_tag" | "name" | Optional> &
    Partial<Pick<Command<Request, Answer, E>, Optional>>
): Command<Request, Answer, E> => ({
  _tag: "Command",
  name,
  approvable: false,
  repeatable: false,
  everywhere: false,
  shownOnce: false,
  readableBy: undefined,
  ...options
})

/**
 * What may be kept of something that holds secrets: what the schema names, and nothing else. It encodes the whole to that part,
 * and what it decodes is that part alone; who needs the secrets gets them while the command runs, and never after.
 */
export const withheld =
  <Whole>() =>
  <Kept>(kept: JsonCodec<Kept> & (Whole extends Kept ? unknown : never)): JsonCodec<Whole> =>
    kept as unknown as JsonCodec<Whole>

/** What is kept where nothing is, whatever there was. A struct without members would let everything pass. */
export const nothing = Schema.toCodecJson(
  Schema.Struct({ nothing: Schema.optionalKey(Schema.Never) })
) as unknown as JsonCodec<object>

/** The failure of what is decided here and at once. */
export const refused = <E>(problem: E): Failed<E> => ({ fate: "refused", problem })
