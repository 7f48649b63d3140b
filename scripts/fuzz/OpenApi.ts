/** What the fuzzer reads of an OpenAPI 3.1 document: its operations with what they take. */

export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema | boolean
  readonly prefixItems?: ReadonlyArray<JsonSchema>
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: string
}

export interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header" | "cookie"
  readonly required?: boolean
  readonly schema: JsonSchema
}

export interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<Parameter>
  /** By media type; empty for an operation without a body. */
  readonly bodies: ReadonlyArray<readonly [mediaType: string, schema: JsonSchema]>
}

interface PathItem {
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>> }
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, PathItem>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
}

export const operations = (document: Document): ReadonlyArray<Operation> =>
  Object.entries(document.paths).flatMap(([path, items]) =>
    Object.entries(items).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema = {} }]) => [type, schema] as const)
    }))
  )

/** The schema itself where another one is named. */
export const resolve = (document: Document, schema: JsonSchema): JsonSchema => {
  const name = schema.$ref?.split("/").at(-1)
  return name === undefined ? schema : (document.components?.schemas?.[name.replaceAll("~1", "/")] ?? {})
}
