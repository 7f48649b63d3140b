import { randomBytes } from "node:crypto"
import type { ResiliencePolicy } from "@resync/resilience/ResiliencePolicy"
import { Clock, Effect, Option, Schema } from "effect"
import type * as Redis from "effect/persistence/Redis"
import type { Look, SharedCache } from "../SharedCache.ts"
import * as SharedCacheKeys from "./SharedCacheKeys.ts"
import * as Scripts from "./SharedCacheScripts.ts"
import { sharedCall } from "./sharedCall.ts"

/** How long others wait for the one who asks the scheduler; if he dies, no longer than this. */
const leaseMillis = 2_000

/** Answers that are longer would hold up those behind them on the connection, and are read by each process for itself. */
const longestText = 1024 * 1024

/** The same for what was asked, which is part of the key. */
const longestKey = 4 * 1024

const Answer = Schema.TupleWithRest(
  Schema.Tuple([Schema.NumberFromString, Schema.String, Schema.Literals(["0", "1"])]),
  [Schema.String]
)
const decodeAnswer = Schema.decodeUnknownOption(Answer)

const id = Effect.sync(() => randomBytes(8).toString("hex"))

/** Answers in Redis. */
export const make = (options: {
  readonly redis: Redis.Redis["Service"]
  readonly policy: ResiliencePolicy<{ readonly _tag: string }>
  readonly prefix: string
  /** How many changes Redis does not know of yet: then what it holds is not to be trusted. */
  readonly untold: () => number
}): Pick<SharedCache["Service"], "look" | "keep" | "giveUp" | "drop"> => {
  const { policy, redis, untold } = options
  const keys = SharedCacheKeys.make(options.prefix)
  const call = sharedCall(policy)
  const [look, keep, giveUp] = [redis.eval(Scripts.look), redis.eval(Scripts.keep), redis.eval(Scripts.giveUp)]

  return {
    look: Effect.fnUntraced(function* (place, freshForMillis) {
      if (untold() > 0 || place.key.length > longestKey) return undefined
      const lease = yield* id
      const answer = decodeAnswer(
        yield* call(
          "look",
          look({
            answer: keys.answer(place),
            lease: keys.lease(place),
            generations: keys.generations(place),
            id: lease,
            freshForMillis,
            leaseMillis
          })
        )
      )
      // A change of this process may have come in between.
      if (Option.isNone(answer) || untold() > 0) return undefined
      const [lookedAt, generations, leased, aged, text] = answer.value
      const age = Number(aged)
      return {
        found: text === undefined ? undefined : { text, age, fresh: age < freshForMillis },
        ticket: {
          generations,
          lookedAt,
          lookedAtHere: yield* Clock.currentTimeMillis,
          lease: leased === "1" ? lease : undefined
        }
      } satisfies Look
    }),

    keep: Effect.fnUntraced(function* (place, ticket, text, keepForMillis) {
      const lease = ticket.lease ?? ""
      if (text.length > longestText) {
        yield* call("giveUp", giveUp(keys.answer(place), keys.lease(place), lease))
        return false
      }
      const sinceLook = Math.max(0, (yield* Clock.currentTimeMillis) - ticket.lookedAtHere)
      yield* call(
        "keep",
        keep({
          answer: keys.answer(place),
          lease: keys.lease(place),
          generationKeys: keys.generations(place),
          id: lease,
          generations: ticket.generations,
          readAt: ticket.lookedAt + sinceLook,
          keepForMillis,
          text
        })
      )
      return true
    }),

    giveUp: (place, ticket) =>
      ticket.lease === undefined
        ? Effect.void
        : Effect.asVoid(call("giveUp", giveUp(keys.answer(place), keys.lease(place), ticket.lease))),

    drop: (place) => Effect.asVoid(call("drop", redis.send("DEL", keys.answer(place))))
  }
}
