import * as JsonText from "@resync/api/JsonText"
import { type Schema, SchemaAST } from "effect"
import { HttpServerResponse } from "effect/http"

/** What an endpoint of the contract says of its answers. */
interface Endpoint {
  readonly identifier: string
  readonly success: ReadonlySet<Schema.Top>
}

/** What says that an answer is no JSON, or not of status 200. */
const special = ["httpApiStatus", "~httpApiEncoding", "~httpApiWithHeaders"] as const

/** The schema of an endpoint's answer where that is one record in JSON with status 200, as answers of queries are. */
const recordOf = ({ success }: Endpoint): Schema.Top | undefined => {
  const [schema, ...more] = success
  if (schema === undefined || more.length > 0 || schema.ast._tag !== "Objects") return undefined
  const annotations = { ...schema.ast.context?.annotations, ...SchemaAST.resolve(schema.ast) }
  return special.some((key) => annotations[key] !== undefined) ? undefined : schema
}

const writer = (schema: Schema.Top) => {
  const write = JsonText.make(schema)
  return (value: unknown): HttpServerResponse.HttpServerResponse | undefined => {
    const text = write(value)
    return text === undefined ? undefined : HttpServerResponse.text(text, { contentType: "application/json" })
  }
}

/**
 * Writes what the endpoints of a group answer with, in one pass, in place of the general way of the builder: encode, then
 * stringify. What cannot be written so is handed on as it is, and takes that way.
 */
export const of = <Endpoints extends Readonly<Record<string, Endpoint>>>(group: { readonly endpoints: Endpoints }) => {
  const writers = new Map<string, ReturnType<typeof writer>>()
  for (const endpoint of Object.values(group.endpoints)) {
    const schema = recordOf(endpoint)
    if (schema !== undefined) writers.set(endpoint.identifier, writer(schema))
  }
  return <A>(endpoint: keyof Endpoints & string, value: A): A | HttpServerResponse.HttpServerResponse =>
    writers.get(endpoint)?.(value) ?? value
}
