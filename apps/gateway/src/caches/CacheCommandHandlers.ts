import { CacheNotFound, CachesCleared } from "@resync/api/Caches"
import * as CommandProblems from "@resync/api/CommandProblems"
import { Justification } from "@resync/tws/model/Justification"
import { TwsCacheControl } from "@resync/tws/TwsCacheControl"
import { Effect, Option, Schema } from "effect"
import { Commands } from "../commands/pipeline/Commands.ts"
import * as Command from "../dispatch/Command.ts"

/** One cache, or all where none is named. */
export const Clear = Command.make("cache.clear", {
  access: "cache:clear",
  request: Schema.toCodecJson(
    Schema.Struct({ name: Schema.optionalKey(Schema.String), justification: Schema.optionalKey(Justification) })
  ),
  answer: Schema.toCodecJson(CachesCleared),
  problems: Schema.toCodecJson(Schema.Union([CacheNotFound, CommandProblems.CommandFateUnknown])),
  target: ({ name = "*" }) => ({ kind: "cache", id: name }),
  repeatable: true
})

/** Puts the handler in place. */
export const register = Effect.gen(function* () {
  const control = Option.getOrUndefined(yield* Effect.serviceOption(TwsCacheControl))
  const { handle } = yield* Commands
  handle(Clear, {
    look: ({ name }) =>
      Effect.map(control?.caches ?? Effect.succeed([]), (caches) => {
        const chosen = caches.filter((cache) => name === undefined || cache.name === name)
        return chosen.length === 0
          ? undefined
          : {
              target: { kind: "cache", id: name ?? "*" },
              before: { entries: chosen.reduce((sum, { entries }) => sum + entries, 0) }
            }
      }),
    act: Effect.fnUntraced(function* ({ name }) {
      if (control === undefined) {
        return name === undefined
          ? { items: [] }
          : yield* Effect.fail(Command.refused(new CacheNotFound({ cache: name })))
      }
      const dropped = yield* Effect.mapError(control.clear(name), ({ cache }) =>
        Command.refused(new CacheNotFound({ cache }))
      )
      yield* Effect.logWarning("caches cleared")
      const shared = yield* control.shared
      return {
        items: [...dropped].map(([name, entries]) => ({ name, entries })),
        ...(shared === undefined ? {} : { shared })
      }
    })
  })
})
