import { Cache, Duration, Effect, Exit, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { Fitted, Given } from "../Embedder.ts"
import { project } from "../lsa/LsaModel.ts"
import type { ParsedQuery } from "../query/parseQuery.ts"
import { readSpace, type Space } from "./Space.ts"
import { hasDirection } from "./spaceTable.ts"

/** Where a question lies in a space. */
export interface QueryVector {
  readonly space: number
  readonly vector: ArrayLike<number> & Iterable<number>
}

/** Spaces and questions as vectors. */
export interface QueryVectors {
  /** A space with its model, read once. None when it is gone. */
  readonly space: (id: number) => Effect.Effect<Option.Option<Space>, SqlError>
  /**
   * The same within a transaction, where nobody else's reading may be waited for: whoever reads waits for a connection, and
   * the transaction may hold the only one.
   */
  readonly spaceInTransaction: (id: number) => Effect.Effect<Option.Option<Space>, SqlError, SqlClient.SqlClient>
  /** A question in a space; none when the space cannot place it, or its embedder is away or is another one. */
  readonly of: (
    space: number,
    query: ParsedQuery,
    known: ReadonlyMap<string, { readonly id: number }>
  ) => Effect.Effect<Option.Option<QueryVector>, SqlError>
}

/** Questions whose vectors are kept, and how long, for embedders that take their time: a server or a local model. */
const keptQuestions = 512
const keptFor = Duration.minutes(10)

/** Spaces whose models are kept: the one that is searched, and the one that follows it. */
const keptSpaces = 2

export const makeQueryVectors = Effect.fnUntraced(function* (embedder: Fitted | Given) {
  const sql = yield* SqlClient.SqlClient
  const spaces = yield* Cache.makeWith((id: number) => Effect.provideService(readSpace(id), SqlClient.SqlClient, sql), {
    capacity: keptSpaces,
    timeToLive: (exit) => (Exit.isSuccess(exit) && Option.isSome(exit.value) ? Duration.infinity : Duration.zero)
  })
  const embedded = yield* Cache.makeWith(
    (text: string) =>
      embedder._tag === "Given"
        ? Effect.map(embedder.embed([text]), ([vector]) => Option.filter(Option.fromNullishOr(vector), hasDirection))
        : Effect.succeed(Option.none<ReadonlyArray<number>>()),
    { capacity: keptQuestions, timeToLive: (exit) => (Exit.isSuccess(exit) ? keptFor : Duration.zero) }
  )
  const space = (id: number) => Cache.get(spaces, id)

  const spaceInTransaction = Effect.fnUntraced(function* (id: number) {
    const kept = yield* Cache.getSuccess(spaces, id)
    if (Option.isSome(kept)) return kept.value
    const read = yield* readSpace(id)
    if (Option.isSome(read)) yield* Cache.set(spaces, id, read)
    return read
  })

  const given = (space: Space, text: string) =>
    space.embedder === embedder.name
      ? Cache.get(embedded, text).pipe(
          Effect.catch((error) =>
            Effect.as(Effect.logWarning("A question is searched for without vectors", error), Option.none())
          )
        )
      : Effect.succeed(Option.none())

  const of: QueryVectors["of"] = (id, query, known) =>
    Effect.gen(function* () {
      const found = yield* space(id)
      if (Option.isNone(found)) return Option.none()
      const { model } = found.value
      if (model === undefined) {
        const vector = yield* given(found.value, query.text)
        return Option.map(vector, (vector) => ({ space: id, vector }))
      }
      const terms = [...query.terms].flatMap(([text, count]) => {
        const term = known.get(text)
        return term === undefined ? [] : [{ id: term.id, count }]
      })
      const place = project(
        model,
        terms.map((term) => term.id),
        terms.map((term) => term.count)
      )
      return Option.map(Option.fromNullishOr(place), ({ vector }) => ({ space: id, vector }))
    })

  return { space, spaceInTransaction, of } satisfies QueryVectors
})
