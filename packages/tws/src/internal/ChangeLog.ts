import { randomBytes } from "node:crypto"
import type { ResiliencePolicy } from "@resync/resilience/ResiliencePolicy"
import { Cause, Clock, Duration, Effect, Option, Schedule, Schema, type Scope } from "effect"
import type * as Redis from "effect/persistence/Redis"
import type { News, SharedCache } from "../SharedCache.ts"
import * as SharedCacheKeys from "./SharedCacheKeys.ts"
import * as Scripts from "./SharedCacheScripts.ts"
import { sharedCall } from "./sharedCall.ts"

/** Redis answers a follower at least this often, also when nothing has happened. */
const pulse = Duration.seconds(1)

/** A follower who hears nothing for this long is out of touch. */
const silence = Duration.seconds(2)

/** 100 ms, 200 ms, ... at most 2 s. */
const reconnect = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])

/** Past this nobody has an answer any more that a change could make old: three hours, as long as definitions may stand in. */
const worthTelling = 3 * 60 * 60 * 1000

/** What one script tells: Redis does nothing else meanwhile. What is more comes next. */
const mostAtOnce = 500

const EntryList = Schema.Array(Schema.Tuple([Schema.String, Schema.Array(Schema.String)]))
const entriesOf = Schema.decodeUnknownEffect(EntryList)
/** Entries by stream, as the protocol's version has it: a map or a list of pairs. */
const streamsOf = Schema.decodeUnknownEffect(
  Schema.NullOr(
    Schema.Union([Schema.Record(Schema.String, EntryList), Schema.Array(Schema.Tuple([Schema.String, EntryList]))])
  )
)
const Names = Schema.fromJsonString(Schema.Array(Schema.String))
const decodeNames = Schema.decodeUnknownOption(Names)

/** The log of changes that all processes write to and follow. */
export interface ChangeLog extends Pick<SharedCache["Service"], "tell" | "listen"> {
  readonly inTouch: () => boolean
  readonly untold: () => number
}

/**
 * A stream in Redis. Unlike a channel it loses nothing while a follower is away: he goes on where he was. Where that place is gone
 * (a Redis that lost its data, or more changes than are kept), he says that changes may have been missed.
 */
export const make: (options: {
  readonly redis: Redis.Redis["Service"]
  readonly policy: ResiliencePolicy<{ readonly _tag: string }>
  readonly prefix: string
}) => Effect.Effect<ChangeLog, never, Scope.Scope> = Effect.fnUntraced(function* ({ policy, prefix, redis }) {
  const keys = SharedCacheKeys.make(prefix)
  const call = sharedCall(policy)
  const node = randomBytes(8).toString("hex")
  const listeners = new Set<(news: News) => void>()
  /** What Redis does not know yet. A change of the same again is another one. */
  const untold = new Map<string, { readonly at: number }>()
  let position: string | undefined
  let inTouch = false

  const announce = (news: News) => {
    for (const listener of listeners) listener(news)
  }

  const touch = (now: boolean) => {
    if (now === inTouch) return Effect.void
    inTouch = now
    announce({ _tag: "Touch", inTouch })
    return now
      ? Effect.logInfo("the shared cache is in touch")
      : Effect.logWarning("the shared cache is out of touch: answers are trusted for less long")
  }

  const send = (run: Redis.Redis["Service"]["eval"]) => {
    const marks = [...untold].slice(0, mostAtOnce)
    const names = marks.map(([name]) => name)
    const generations = names.map(keys.generation)
    return Effect.tap(
      Effect.sync(() => randomBytes(8).toString("hex")).pipe(
        Effect.flatMap((id) =>
          run(Scripts.change)({ changes: keys.changes, generations, id, node, names: JSON.stringify(names) })
        )
      ),
      () =>
        Effect.sync(() => {
          for (const [name, mark] of marks) if (untold.get(name) === mark) untold.delete(name)
        })
    )
  }

  const tell: ChangeLog["tell"] = Effect.fnUntraced(function* (change) {
    const now = yield* Clock.currentTimeMillis
    for (const [name, { at }] of untold) if (now - at > worthTelling) untold.delete(name)
    for (const name of SharedCacheKeys.namesOf(change)) untold.set(name, { at: now })
    if (untold.size > 0) yield* call("tell", send(redis.eval))
  })

  /** Where a follower begins: behind all that was written before, which it has nothing of. */
  const newest = Effect.fnUntraced(function* ({ send }: Redis.Connection) {
    const [last] = yield* entriesOf(yield* send("XREVRANGE", keys.changes, "+", "-", "COUNT", "1"))
    announce({ _tag: "Missed" })
    return last?.[0] ?? "0-0"
  })

  const goOn = Effect.fnUntraced(function* (connection: Redis.Connection) {
    if (position === undefined) return yield* newest(connection)
    if (position === "0-0") return position
    const there = yield* entriesOf(yield* connection.send("XRANGE", keys.changes, position, position))
    return there.length === 0 ? yield* newest(connection) : position
  })

  const read = Effect.fnUntraced(function* (connection: Redis.Connection, from: string) {
    const args = ["BLOCK", String(Duration.toMillis(pulse)), "COUNT", "1000", "STREAMS", keys.changes, from]
    const streams = yield* streamsOf(yield* connection.send("XREAD", ...args))
    let last = from
    const lists = Array.isArray(streams) ? streams.map(([, entries]) => entries) : Object.values(streams ?? {})
    for (const [id, fields] of lists.flat()) {
      last = id
      const field = (name: string) => fields[fields.indexOf(name) + 1]
      const names = decodeNames(field("names"))
      if (Option.isNone(names)) announce({ _tag: "Missed" })
      else if (field("node") !== node) announce({ _tag: "Changed", ...SharedCacheKeys.changeOf(names.value) })
    }
    return last
  })

  const bounded = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.timeout(self, silence)

  const follow = Effect.gen(function* () {
    const connection = yield* bounded(redis.reserve)
    position = yield* bounded(goOn(connection))
    while (true) {
      while (untold.size > 0) yield* bounded(send(connection.eval))
      yield* touch(true)
      position = yield* bounded(read(connection, position))
    }
  }).pipe(
    Effect.scoped,
    Effect.tapError((error) => Effect.logDebug("the shared cache is not heard", { error })),
    Effect.onError((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : touch(false))),
    // A mistake in here or in a listener is no reason to hear no more until the process ends. What it was about is missed.
    Effect.catchDefect((defect) => {
      position = undefined
      return Effect.andThen(
        Effect.logWarning("the shared cache could not be followed", defect),
        Effect.fail(new Cause.UnknownError(defect))
      )
    })
  )
  yield* Effect.forkScoped(Effect.retry(follow, reconnect))

  return {
    tell,
    inTouch: () => inTouch,
    untold: () => untold.size,
    listen: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          listeners.add(listener)
          listener({ _tag: "Touch", inTouch })
        }),
        () => Effect.sync(() => listeners.delete(listener))
      )
  }
})
