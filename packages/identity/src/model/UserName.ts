import { Schema, SchemaGetter } from "effect"

/** Letters, marks and digits of any script, and `. _ @ + ' -` and spaces inside. */
const shape = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._@+' -]{0,62}[\p{L}\p{M}\p{N}])?$/u

/**
 * The name of a user: 1 to 64 letters or digits of any script, with `. _ @ + ' -` and spaces in between. It is brought
 * into Unicode's composed form (NFKC), in which letters that look the same and mean the same are the same.
 */
export const UserName = Schema.String.pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.isPattern(shape, { expected: "1 to 64 letters or digits, with . _ @ + ' - and spaces in between" })
    ),
    {
      decode: SchemaGetter.transform((name: string) => name.normalize("NFKC").trim()),
      encode: SchemaGetter.passthrough()
    }
  ),
  Schema.annotate({ identifier: "UserName" })
)
export type UserName = typeof UserName.Type

/**
 * What names are compared by: two that differ only in case or in Unicode form are one. Upper case before lower folds what
 * lower case alone leaves apart: `ß` and `SS`, the two small sigmas.
 */
export const keyOf = (name: string): string =>
  name.normalize("NFKC").trim().toUpperCase().toLowerCase().normalize("NFKC")
