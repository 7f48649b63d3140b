import { Schema } from "effect"
import { field, int, text } from "./Field.ts"

/** The envelope of every V2 list (`PaginatedResponseV2…`). `next` is an absolute URL and absent on the last page. */
export const Listing = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ count: int, results: field(Schema.Array(item)), next: text })

/** `GroupedCountResponse` */
export const GroupedCount = Schema.Struct({
  count: int,
  groupedCount: field(Schema.Record(Schema.String, Schema.Int))
})

/** `IssuesResponseV2` */
export const Issues = Schema.Struct({
  issues: field(Schema.Array(Schema.Struct({ id: text, issueMessage: text, issueType: text })))
})
