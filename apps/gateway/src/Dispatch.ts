import { Context, Effect, Layer } from "effect"
import * as CacheCommandHandlers from "./caches/CacheCommandHandlers.ts"
import * as CacheQueries from "./caches/CacheQueries.ts"
import * as ApprovalCommands from "./commands/ApprovalCommands.ts"
import * as BulkCommandHandlers from "./commands/BulkCommandHandlers.ts"
import { ApprovalPolicies } from "./commands/pipeline/ApprovalPolicies.ts"
import { AuditOutbox } from "./commands/pipeline/AuditOutbox.ts"
import * as CommandPipeline from "./commands/pipeline/CommandPipeline.ts"
import { CommandStore } from "./commands/pipeline/CommandStore.ts"
import { Commands } from "./commands/pipeline/Commands.ts"
import * as Reconciler from "./commands/pipeline/Reconciler.ts"
import * as RagCommandHandlers from "./commands/RagCommandHandlers.ts"
import * as ResilienceCommandHandlers from "./commands/ResilienceCommandHandlers.ts"
import * as TwsCommandHandlers from "./commands/TwsCommandHandlers.ts"
import * as Entrances from "./dispatch/Entrances.ts"
import * as Queries from "./dispatch/Queries.ts"
import { BreakerEvents } from "./events/BreakerEvents.ts"
import { PlanEvents } from "./events/PlanEvents.ts"
import { Health } from "./health/Health.ts"
import * as HealthQueries from "./health/HealthQueries.ts"
import * as AccountCommands from "./identity/AccountCommands.ts"
import * as ApiKeyCommands from "./identity/ApiKeyCommands.ts"
import * as IdentityQueries from "./identity/IdentityQueries.ts"
import * as SignInEntrances from "./identity/SignInEntrances.ts"
import * as UserCommands from "./identity/UserCommands.ts"
import * as AuditQueries from "./queries/AuditQueries.ts"
import * as CommandQueries from "./queries/CommandQueries.ts"
import * as RagQueryHandlers from "./queries/RagQueryHandlers.ts"
import * as TwsQueryHandlers from "./queries/TwsQueryHandlers.ts"
import * as GuardQueries from "./resilience/GuardQueries.ts"

/** All that can be asked and done, each with its handler. What a process left behind is taken over once all are in place. */
const make = Effect.gen(function* () {
  const pipeline = yield* CommandPipeline.make
  const context = Context.make(Commands, pipeline.service).pipe(
    Context.add(Queries.Queries, Queries.make()),
    Context.add(Entrances.Entrances, yield* Entrances.make)
  )
  yield* Effect.all([
    TwsCommandHandlers.register,
    RagCommandHandlers.register,
    ResilienceCommandHandlers.register,
    CacheCommandHandlers.register,
    ApprovalCommands.register,
    BulkCommandHandlers.register,
    UserCommands.register,
    ApiKeyCommands.register,
    AccountCommands.register,
    SignInEntrances.register,
    CommandQueries.register,
    IdentityQueries.register,
    AuditQueries.register,
    TwsQueryHandlers.register,
    RagQueryHandlers.register,
    GuardQueries.register,
    CacheQueries.register,
    HealthQueries.register
  ]).pipe(Effect.provide(context))
  const reconciler = yield* Reconciler.make(pipeline)
  yield* reconciler.atStart
  yield* Effect.forkScoped(reconciler.background)
  return context
})

/** The one way to queries and commands. */
export const layer = Layer.effectContext(make).pipe(
  Layer.provideMerge(ApprovalPolicies.layer),
  Layer.provide(AuditOutbox.layer),
  Layer.provideMerge(CommandStore.layer),
  Layer.provide([PlanEvents.layer, BreakerEvents.layer, Health.layer])
)
