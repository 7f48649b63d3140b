import { Cursor, type Page } from "@resync/tws/model/Page"
import type { Reading } from "@resync/tws/model/Reading"
import { Instant } from "@resync/tws/model/Times"
import { Schema } from "effect"

/** How far an answer can be trusted: when it was read from the scheduler, and whether that is longer ago than it should be. */
const trust = {
  asOf: Instant.annotate({ description: "When the answer was read from the scheduler." }),
  stale: Schema.Boolean.annotate({
    description: "Whether it is older than it should be and was served because a fresh one could not be had at once."
  })
}

/** One thing, read from the scheduler or from the cache of it. */
export const Item = <S extends Schema.Top>(item: S) => Schema.Struct({ item, ...trust })

/** One page of a list. */
export const Listing = <S extends Schema.Top>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    nextCursor: Schema.NullOr(Cursor).annotate({
      description: "Where the next page starts, to be given as `cursor` with the same filters; null on the last page."
    }),
    total: Schema.optionalKey(Schema.Int).annotate({
      description: "All items that match, where the scheduler counts exactly what was asked."
    }),
    ...trust
  })

/** The answer for a reading of one thing. */
export const toItem = <A>(reading: Reading<A>) => ({ item: reading.value, asOf: reading.asOf, stale: reading.stale })

/** The answer for a reading of a page. */
export const toListing = <A>(reading: Reading<Page<A>>) => ({
  ...reading.value,
  nextCursor: reading.value.nextCursor ?? null,
  asOf: reading.asOf,
  stale: reading.stale
})
