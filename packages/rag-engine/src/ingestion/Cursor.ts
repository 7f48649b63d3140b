import { Option, Result, Schema } from "effect"
import { Base64Url } from "effect/encoding"

const isUuid = Schema.is(Schema.String.check(Schema.isUUID(7)))

/** Lists go by id, newest first, so a cursor is the last id of its page; opaque, for that may change. */
export const cursorAfter = (id: string): string => Base64Url.encode(id)

/** The id in a cursor; nothing when it is not one of ours, which is then the beginning. */
export const idOfCursor = (cursor: string | undefined): Option.Option<string> =>
  cursor === undefined ? Option.none() : Result.getSuccess(Base64Url.decodeString(cursor)).pipe(Option.filter(isUuid))
