import { Schema } from "effect"
import { giveUp, misfit, quote, type Write } from "./internal/jsonLeaf.ts"
import * as jsonSource from "./internal/jsonSource.ts"

/**
 * Writes a value as the JSON text that its schema encodes it to. `undefined` says that it does not fit the schema, or that the
 * schema needs services: then `Schema.encode` has to tell what is wrong, or to do it.
 */
export type JsonText<in A> = (value: A) => string | undefined

/**
 * Compiles a schema to a function that writes JSON in one pass, without the encoded value in between: about a third of what
 * `Schema.encode` and `JSON.stringify` take. Records, lists, unions told apart by a literal, strings, numbers, instants and
 * lengths of time become code; whatever else a schema holds, it encodes itself. Where the platform forbids code from text,
 * nothing is compiled and everything takes that way.
 *
 * @example
 * ```ts
 * import * as JsonText from "@resync/api/JsonText"
 * import { Schema } from "effect"
 *
 * const write = JsonText.make(Schema.Struct({ name: Schema.String, at: Schema.DateTimeUtcFromString }))
 * ```
 */
export const make = <S extends Schema.Top>(schema: S): JsonText<S["Type"]> => {
  const write = compile(schema)
  return (value) => {
    try {
      return write(value)
    } catch (error) {
      if (error === misfit) return undefined
      throw error
    }
  }
}

const compile = (schema: Schema.Top): Write => {
  const source: jsonSource.Source = { functions: [], constants: [], named: new Map() }
  jsonSource.entry(source, Schema.toCodecJson(schema).ast)
  try {
    // No text of a caller gets here: names of fields are quoted, all else is a constant.
    const made = new Function("C", "Q", "G", `"use strict";${source.functions.join(";")};return write`)
    return made(source.constants, quote, giveUp)
  } catch {
    return giveUp
  }
}
