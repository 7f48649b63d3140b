/** Headers that the service sets on every endpoint alike, and that the description therefore adds to all of them. */
import { replayedHeader } from "./Idempotency.ts"

/** What is touched of an OpenAPI document: answers by path, method and status. */
interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>
}
type Responses = Readonly<Record<string, object>>

const text = (description: string) => ({ description, schema: { type: "string" } })

const always = {
  "x-correlation-id": text("Under which the request is found in logs: the caller's own, or one made for it."),
  "x-trace-id": text("The W3C trace the request belongs to, when it is traced."),
  "RateLimit-Policy": text("How many requests are allowed in how many seconds, where a limit holds."),
  RateLimit: text("How many requests are left, and in how many seconds there are as many as at first.")
}

const byStatus: Readonly<Record<string, object>> = {
  202: {
    [replayedHeader]: text("`true` when the answer is that of an earlier command with the same Idempotency-Key.")
  },
  429: { "Retry-After": { description: "Whole seconds to wait.", schema: { type: "integer", minimum: 0 } } },
  503: { "Retry-After": { description: "Whole seconds to wait, when known.", schema: { type: "integer", minimum: 0 } } }
}

const describe = (responses: Responses) =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      { ...response, headers: { ...always, ...byStatus[status] } }
    ])
  )

/** Adds the headers to the description of the interface. */
export const transform = (spec: Record<string, unknown>): Record<string, unknown> => {
  // The generator hands over its own document, whose operations all have answers.
  const { paths } = spec as unknown as Described
  return {
    ...spec,
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [
            method,
            { ...operation, responses: describe(operation.responses) }
          ])
        )
      ])
    )
  }
}
