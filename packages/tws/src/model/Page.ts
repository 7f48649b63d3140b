import { Schema } from "effect"

/** Where the next page starts. Opaque; good only with the query that gave it. */
export const Cursor = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { expected: "a cursor of an earlier page" })
).pipe(Schema.brand("@resync/tws/Cursor"))
export type Cursor = typeof Cursor.Type

/** How many items one page may hold. */
export const PageLimit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

/** One page of a list. It may hold fewer items than asked for while `nextCursor` still leads on. */
export interface Page<out A> {
  readonly items: ReadonlyArray<A>
  readonly nextCursor?: Cursor
  /** All items that match, where the scheduler counts exactly what was asked. */
  readonly total?: number
}

/** The schema of a page of `item`. */
export const Page = <S extends Schema.Top>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    nextCursor: Schema.optionalKey(Cursor),
    total: Schema.optionalKey(Schema.Int)
  })
