import { Schema } from "effect"

/** Where a page starts: what the page before it gave as `nextCursor`. */
export const Cursor = Schema.NonEmptyString.check(Schema.isMaxLength(200))

/** Items on a page: 1 to 1000. */
export const PageLimit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

/** A page of a list; `nextCursor` is absent on the last one. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly nextCursor?: string
}
