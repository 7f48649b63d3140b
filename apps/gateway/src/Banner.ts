import type { FirstSignIn as Credentials } from "@resync/identity/users/FirstAdmin"
import { Console, Effect, Layer, Option, Redacted } from "effect"
import { HttpServer } from "effect/http"
import { TlsConfig } from "./http/TlsConfig.ts"
import { FirstSignIn } from "./security/Security.ts"
import { StartKey } from "./security/StartKey.ts"
import { Knowledge } from "./upstream/Knowledge.ts"
import { Upstream } from "./upstream/Upstream.ts"

/** What makes the simulated scheduler worth watching. */
const play = (simulator: string): ReadonlyArray<string> => [
  "And with the simulated scheduler, let its time fly, let it fail, and repair it:",
  `  curl -X POST ${simulator}/clock -H 'content-type: application/json' -d '{"speed":60}'`,
  `  curl -X PUT ${simulator}/faults -H 'content-type: application/json' -d '{"rules":[{"action":{"kind":"status","status":503}}]}'`,
  `  curl -X PUT ${simulator}/faults -H 'content-type: application/json' -d '{"rules":[]}'`
]

/** The one place where a one-time password is shown. */
const signIn = (url: string, auth: "on" | "off", admin: Credentials | undefined): ReadonlyArray<string> => {
  if (auth === "off") return ["  sign-in     OFF (RESYNC_AUTH=off): everybody on this machine may do everything"]
  if (admin === undefined) return [`  sign-in     ${url}/api/v1/auth/login`]
  const body = JSON.stringify({ name: admin.name, password: Redacted.value(admin.oneTimePassword) })
  return [
    `  sign-in     ${admin.name}, with the one-time password ${Redacted.value(admin.oneTimePassword)}`,
    "Sign in and choose a password, within a day (a restart gives another one):",
    `  curl ${url}/api/v1/auth/login -H 'content-type: application/json' -d '${body}'`
  ]
}

const tries = (url: string, key: Option.Option<Redacted.Redacted>): ReadonlyArray<string> => {
  const header = Option.isSome(key) ? `-H 'x-api-key: ${Redacted.value(key.value)}' ` : ""
  return [
    Option.isSome(key) ? "Try, with a key of an operator that is good until this process ends:" : "Try:",
    `  curl ${url}/health`,
    `  curl ${header}'${url}/api/v1/tws/jobs?status=RUNNING&limit=3'`,
    `  curl -N ${header}${url}/api/v1/tws/events`,
    `  curl ${header}${url}/api/v1/rag/answer -H 'content-type: application/json' -d '{"question":"What does AWSBHT001E mean?"}'`
  ]
}

/** Says where the service is, how to get in and what runs inside of it, once it listens. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { description, simulator } = yield* Upstream
    const knowledge = yield* Knowledge
    const { secure } = yield* TlsConfig
    const { admin, auth } = yield* FirstSignIn
    const { key } = yield* StartKey
    const lines = (url: string) => [
      `Resync listens at ${url}`,
      `  scheduler   ${description}`,
      `  knowledge   ${knowledge.description}`,
      `  interface   ${url}/docs`,
      ...signIn(url, auth, admin),
      ...tries(url, key),
      ...(simulator === undefined ? [] : play(simulator))
    ]
    yield* HttpServer.addressFormattedWith((url) =>
      Console.log(lines(secure ? url.replace(/^http:/, "https:") : url).join("\n"))
    )
    if (auth === "off") {
      yield* Effect.logWarning("authentication is off: every program on this machine may do everything")
    }
  })
)
