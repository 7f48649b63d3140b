import type { SearchFilter } from "@resync/rag/model/Search"
import type { SqlClient, Statement } from "effect/sql"

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
    isGiven(values) ? [sql`d.${sql(name)} = ANY(${[...values]}::text[])`] : []
  const conditions = [
    ...(isGiven(tags) ? [sql`d.tags && ${[...tags]}::text[]`] : []),
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
