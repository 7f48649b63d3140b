import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { Audit } from "@resync/identity/audit/Audit"
import { AuditConfig } from "@resync/identity/audit/AuditConfig"
import { Tws } from "@resync/tws/Tws"
import { Effect, Layer, Schema } from "effect"
import * as ApprovalCommands from "../src/commands/ApprovalCommands.ts"
import { ApprovalPolicies } from "../src/commands/pipeline/ApprovalPolicies.ts"
import { AuditOutbox } from "../src/commands/pipeline/AuditOutbox.ts"
import * as CommandPipeline from "../src/commands/pipeline/CommandPipeline.ts"
import { CommandStore } from "../src/commands/pipeline/CommandStore.ts"
import { Commands } from "../src/commands/pipeline/Commands.ts"
import * as Reconciler from "../src/commands/pipeline/Reconciler.ts"
import * as Command from "../src/dispatch/Command.ts"
import { store } from "./TestGateway.ts"
import { operator } from "./TestOperators.ts"

/** A command that always succeeds. */
export const Act = Command.make("test.act", {
  access: "jobs:hold",
  request: Schema.toCodecJson(Schema.Struct({ id: Schema.String })),
  answer: Schema.toCodecJson(Schema.String),
  problems: Schema.toCodecJson(Schema.Never),
  target: ({ id }) => ({ kind: "job", id }),
  approvable: true
})

export const ann = operator("ann")
export const bob = operator("bob")

/** An empty store of commands and the trail beside it. */
export const trailed = CommandStore.layer.pipe(
  Layer.provideMerge(Audit.layer.pipe(Layer.provide(AuditConfig.layerTest))),
  Layer.provideMerge(store)
)

export type Append = Audit["Service"]["append"]

/** What one process makes of the store and the trail, which another may share; without its looks in the background. */
export const started = Effect.fnUntraced(function* ({
  begin = (_command, beginning) => beginning,
  through = (append) => append
}: {
  /** What it has of the trail. */
  readonly through?: (append: Append) => Append
  /** How its commands begin. */
  readonly begin?: (
    command: Parameters<CommandStore["Service"]["begin"]>[0],
    beginning: ReturnType<CommandStore["Service"]["begin"]>
  ) => ReturnType<CommandStore["Service"]["begin"]>
} = {}) {
  const audit = yield* Audit
  const store = yield* CommandStore
  const own = Layer.mergeAll(AuditOutbox.layer, ApprovalPolicies.layer).pipe(
    Layer.provideMerge([
      Layer.succeed(Audit, { ...audit, append: through(audit.append) }),
      Layer.succeed(CommandStore, { ...store, begin: (command) => begin(command, store.begin(command)) }),
      Layer.mock(Tws, {})
    ])
  )
  return yield* Effect.gen(function* () {
    const pipeline = yield* CommandPipeline.make
    const commands = pipeline.service
    commands.handle(Act, { act: ({ id }) => Effect.succeed(`did ${id}`) })
    yield* Effect.provideService(ApprovalCommands.register, Commands, commands)
    const reconciler = yield* Reconciler.make(pipeline)
    return { run: commands.run, policies: yield* ApprovalPolicies, ...reconciler }
  }).pipe(Effect.provide(yield* Layer.build(Layer.fresh(own))))
})
export type TestPipeline = Effect.Success<ReturnType<typeof started>>

/** Ann's command. */
export const act = ({ run }: TestPipeline, key?: string) =>
  Effect.provideService(run(Act, { id: "j1" }, { key }), CurrentPrincipal, ann)
