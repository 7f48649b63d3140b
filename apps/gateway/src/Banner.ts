import { Console, Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { TlsConfig } from "./http/TlsConfig.ts"
import { Knowledge } from "./upstream/Knowledge.ts"
import { Upstream } from "./upstream/Upstream.ts"

/** What makes the simulated scheduler worth watching. */
const play = (simulator: string): ReadonlyArray<string> => [
  "And with the simulated scheduler, let its time fly, let it fail, and repair it:",
  `  curl -X POST ${simulator}/clock -H 'content-type: application/json' -d '{"speed":60}'`,
  `  curl -X PUT ${simulator}/faults -H 'content-type: application/json' -d '{"rules":[{"action":{"kind":"status","status":503}}]}'`,
  `  curl -X PUT ${simulator}/faults -H 'content-type: application/json' -d '{"rules":[]}'`
]

const lines = (
  url: string,
  { description, simulator }: Upstream["Service"],
  knowledge: Knowledge["Service"]
): ReadonlyArray<string> => [
  `Resync listens at ${url}`,
  `  scheduler   ${description}`,
  `  knowledge   ${knowledge.description}`,
  `  interface   ${url}/docs`,
  "Try:",
  `  curl ${url}/health`,
  `  curl '${url}/api/v1/tws/jobs?status=RUNNING&limit=3'`,
  `  curl -N ${url}/api/v1/tws/events`,
  `  curl ${url}/api/v1/rag/answer -H 'content-type: application/json' -d '{"question":"What does AWSBHT001E mean?"}'`,
  ...(simulator === undefined ? [] : play(simulator))
]

/** Says where the service is and what runs inside of it, once it listens. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const upstream = yield* Upstream
    const knowledge = yield* Knowledge
    const { secure } = yield* TlsConfig
    yield* HttpServer.addressFormattedWith((url) =>
      Console.log(lines(secure ? url.replace(/^http:/, "https:") : url, upstream, knowledge).join("\n"))
    )
  })
)
