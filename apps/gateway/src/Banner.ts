import { Console, Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { Upstream } from "./upstream/Upstream.ts"

const lines = (url: string, upstream: string): ReadonlyArray<string> => [
  `Resync listens at ${url}`,
  `  scheduler   ${upstream}`,
  `  interface   ${url}/docs`,
  "Try:",
  `  curl ${url}/health`,
  `  curl '${url}/api/v1/tws/jobs?status=ERROR&limit=5'`,
  `  curl -N ${url}/api/v1/tws/events`
]

/** Says where the service is and what runs inside of it, once it listens. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { description } = yield* Upstream
    yield* HttpServer.addressFormattedWith((url) => Console.log(lines(url, description).join("\n")))
  })
)
