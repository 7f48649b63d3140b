import type { SearchFilter } from "@resync/rag/model/Search"
import { Effect, Schema } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { storable } from "../../store/storable.ts"

/** The filters that say something: an empty list allows nothing, as a list of which none can hold. */
const isGiven = <A>(list: ReadonlyArray<A> | undefined): list is ReadonlyArray<A> => list !== undefined

/**
 * The keys of the passages that a filter lets through, as a query; undefined when it lets everything through. Everything
 * given must hold; of a list, any.
 */
export const filterPassages = (
  sql: SqlClient.SqlClient,
  filter: SearchFilter | undefined
): Statement.Fragment | undefined => {
  const { authorities, documentIds, mediaTypes, platforms, sources, tags, versions } = filter ?? {}
  const column = (name: string, values: ReadonlyArray<string> | undefined) =>
    isGiven(values) ? [sql`d.${sql(name)} = ANY(${values.map(storable)}::text[])`] : []
  const conditions = [
    ...(isGiven(tags) ? [sql`d.tags && ${tags.map(storable)}::text[]`] : []),
    ...column("source", sources),
    ...column("version", versions),
    ...column("platform", platforms),
    ...column("media_type", mediaTypes),
    ...column("authority", authorities),
    ...(isGiven(documentIds) ? [sql`d.id = ANY(${[...documentIds]}::uuid[])`] : [])
  ]
  return conditions.length === 0
    ? undefined
    : sql`SELECT p.key FROM rag_passage p JOIN rag_document d ON d.id = p.document_id WHERE ${sql.and(conditions)}`
}

const Row = Schema.Struct({ keys: Schema.Uint8Array })

/**
 * The keys of the passages that a filter lets through; undefined when it lets everything through. They come as bytes, since
 * there may be as many as there are passages.
 */
export const allowedPassages = Effect.fnUntraced(function* (filter: SearchFilter | undefined) {
  const sql = yield* SqlClient.SqlClient
  const allowed = filterPassages(sql, filter)
  if (allowed === undefined) return undefined
  const [row] = yield* sql`SELECT coalesce(string_agg(int4send(a.key), ''::bytea), '') AS keys FROM (${allowed}) a`
  const { keys } = yield* Effect.orDie(Schema.decodeUnknownEffect(Row)(row))
  const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
  const found = new Set<number>()
  for (let at = 0; at < keys.length; at += 4) found.add(view.getInt32(at))
  return found
})
