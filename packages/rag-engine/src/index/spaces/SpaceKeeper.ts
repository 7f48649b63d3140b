import { Clock, DateTime, Effect, Option, Random, Ref, Schema, Semaphore } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fitted, Given } from "../Embedder.ts"
import { EmbedderUnavailable } from "../EmbedderUnavailable.ts"
import { encodeModel } from "../lsa/LsaModel.ts"
import { lockIndex } from "../writePassages.ts"
import { fillSpace } from "./fillSpace.ts"
import type { QueryVectors } from "./QueryVectors.ts"
import { readCorpus } from "./readCorpus.ts"
import { type RefitPolicy, refitDue } from "./refitDue.ts"
import { liveSpace, type Space } from "./Space.ts"
import { createTable, dropTable, writeModel } from "./spaceTable.ts"

/** What the keeper is about. */
export interface Building {
  readonly embedder: string
  readonly done: number
  readonly total: number
}

/** What was folded into the live space since it was fitted, in this process. */
interface Folded {
  readonly space: number
  readonly passages: number
  readonly known: number
}

/** Passages that a space is fitted to at most; more make it no better, only slower. */
const maxFitted = 30_000
/** A builder that has not been heard of for this long is gone. */
const abandonedAfter = 120_000
/** How long a space that was replaced is kept for searches that began with it. */
const keptAfter = 60_000

const Counts = Schema.Struct({ passages: Schema.Int, unplaced: Schema.Boolean })

/** Keeps the vectors in step with the passages: builds spaces, switches to them when they are complete, and drops old ones. */
export interface SpaceKeeper {
  /** One round. Ends when every passage has its vector in a space of the configured embedder, or another process sees to it. */
  readonly keep: Effect.Effect<void, EmbedderUnavailable | SqlError>
  /** Passages were folded in; `known` is the share of their words that the space knew. */
  readonly folded: (space: number, passages: number, known: number) => Effect.Effect<void>
  readonly building: Effect.Effect<Option.Option<Building>>
}

export const makeSpaceKeeper = Effect.fnUntraced(function* (
  embedder: Fitted | Given,
  vectors: QueryVectors,
  policy: RefitPolicy
) {
  const sql = yield* SqlClient.SqlClient
  const builder = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
  const state = yield* Ref.make(Option.none<Building>())
  const fold = yield* Ref.make<Folded>({ space: 0, passages: 0, known: 1 })
  const one = yield* Semaphore.make(1)

  const at = (millis: number) => DateTime.toDateUtc(DateTime.makeUnsafe(millis))

  const touch = Effect.fnUntraced(function* (space: number, placed: number) {
    const now = yield* Clock.currentTimeMillis
    yield* sql`UPDATE rag_space SET touched_at = ${at(now)} WHERE id = ${space}`
    yield* Ref.update(
      state,
      Option.map((building) => ({ ...building, done: building.done + placed }))
    )
  })

  const dropSpace = Effect.fnUntraced(function* (id: number) {
    yield* dropTable(id)
    yield* sql`DELETE FROM rag_space WHERE id = ${id}`
  })

  /** Claims the building of a space; none when another process is at it. */
  const claim = Effect.gen(function* () {
    yield* lockIndex()
    const now = yield* Clock.currentTimeMillis
    const [other] = yield* sql<{ readonly id: number; readonly fresh: boolean }>`
      SELECT id, builder <> ${builder} AND touched_at > ${at(now - abandonedAfter)} AS fresh
      FROM rag_space WHERE state = 'building'
    `
    if (other?.fresh === true) return Option.none<number>()
    if (other !== undefined) yield* dropSpace(other.id)
    const [made] = yield* sql<{ readonly id: number }>`
      INSERT INTO rag_space (embedder, dimensions, state, fitted_passages, builder, created_at, touched_at)
      VALUES (${embedder.name}, 0, 'building', 0, ${builder}, ${at(now)}, ${at(now)}) RETURNING id
    `
    return Option.fromNullishOr(made?.id)
  }).pipe(sql.withTransaction)

  /** What the embedder makes of the collection: a fitted model, or how long its vectors are. */
  const prepare = Effect.fnUntraced(function* (passages: number) {
    if (embedder._tag === "Fitted") {
      const model = yield* embedder.fit(yield* readCorpus(passages, maxFitted))
      return { model, dimensions: model.dimensions }
    }
    const [sample] = yield* embedder.embed(["Workload automation"])
    if (sample === undefined || sample.length === 0) {
      return yield* new EmbedderUnavailable({ embedder: embedder.name, detail: "it gave no vector", transient: true })
    }
    return { model: undefined, dimensions: sample.length }
  })

  const build = Effect.fn("PassageIndex.buildSpace")(function* (passages: number) {
    const claimed = yield* claim
    if (Option.isNone(claimed)) return
    const id = claimed.value
    yield* Ref.set(state, Option.some({ embedder: embedder.name, done: 0, total: passages }))
    yield* Effect.gen(function* () {
      const { dimensions, model } = yield* prepare(passages)
      yield* Effect.gen(function* () {
        yield* createTable(id, dimensions)
        if (model !== undefined) yield* writeModel(id, encodeModel(model))
        yield* sql`UPDATE rag_space SET dimensions = ${dimensions}, fitted_passages = ${passages} WHERE id = ${id}`
      }).pipe(sql.withTransaction)
      yield* touch(id, 0)
      const space: Space = { id, embedder: embedder.name, dimensions, fittedPassages: passages, model }
      yield* fillSpace(space, embedder, (placed) => Effect.ignore(touch(id, placed)))
      yield* Effect.gen(function* () {
        yield* lockIndex()
        // What came in since the last look. Nothing more can come until the switch is made.
        yield* fillSpace(space, embedder, () => Effect.void)
        const now = yield* Clock.currentTimeMillis
        yield* sql`UPDATE rag_space SET state = 'retired', touched_at = ${at(now)} WHERE state = 'live'`
        yield* sql`UPDATE rag_space SET state = 'live', touched_at = ${at(now)} WHERE id = ${id}`
        yield* sql`UPDATE rag_index SET version = version + 1`
        yield* sql`DELETE FROM rag_embedding_cache WHERE embedder <> ${embedder.name}`
      }).pipe(sql.withTransaction)
      yield* Ref.set(fold, { space: id, passages: 0, known: 1 })
      yield* Effect.logInfo("A new vector space is searched").pipe(
        Effect.annotateLogs({ space: id, embedder: embedder.name, dimensions, passages })
      )
    }).pipe(
      Effect.onError(() => Effect.ignore(sql.withTransaction(dropSpace(id)))),
      Effect.ensuring(Ref.set(state, Option.none()))
    )
  })

  const sweep = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const old = yield* sql<{ readonly id: number }>`
      SELECT id FROM rag_space WHERE state = 'retired' AND touched_at < ${at(now - keptAfter)}
    `
    yield* Effect.forEach(old, ({ id }) => sql.withTransaction(dropSpace(id)), { discard: true })
  })

  const counts = Effect.gen(function* () {
    const [row] = yield* sql`SELECT passages, false AS unplaced FROM rag_index`
    return yield* Effect.orDie(Schema.decodeUnknownEffect(Counts)(row))
  })

  const round = Effect.gen(function* () {
    const { passages } = yield* counts
    const live = yield* liveSpace()
    const space = Option.isNone(live) ? Option.none<Space>() : yield* vectors.space(live.value)
    if (Option.isNone(space) || space.value.embedder !== embedder.name) {
      if (passages > 0) yield* build(passages)
    } else {
      const since = yield* Ref.get(fold)
      const own = since.space === space.value.id ? since : { passages: 0, known: 1 }
      const due =
        embedder._tag === "Fitted" &&
        refitDue(
          { fittedPassages: space.value.fittedPassages, passages, folded: own.passages, known: own.known },
          policy
        )
      if (due) yield* build(passages)
      else yield* fillSpace(space.value, embedder, () => Effect.void)
    }
    yield* sweep
  }).pipe(Effect.withSpan("PassageIndex.keep"))

  const keeper: SpaceKeeper = {
    keep: one.withPermits(1)(Effect.provideService(round, SqlClient.SqlClient, sql)),
    folded: (space, passages, known) =>
      Ref.update(fold, (before) => {
        const same = before.space === space ? before : { space, passages: 0, known: 1 }
        const all = same.passages + passages
        return { space, passages: all, known: all === 0 ? 1 : (same.known * same.passages + known * passages) / all }
      }),
    building: Ref.get(state)
  }
  return keeper
})
