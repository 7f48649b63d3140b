/**
 * Ways to run the gateway whose price is told beside the comparison with the peer: each is driven by turns with the gateway as
 * that comparison runs it. What stands between a request and its handler, like who asks and how often he may, belongs
 * here, with the most of the throughput that it may take.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Program } from "./Program.ts"

export interface Variant {
  /** Variables beside those of the comparison. */
  readonly env: Readonly<Record<string, string>>
  /** Headers of each request, got from the program when it has started. */
  readonly headers: (server: Program) => Promise<Readonly<Record<string, string>>>
  /** The largest share of the throughput that it may cost; more fails the benchmark. */
  readonly budget: number
}

const post = async (server: Program, path: string, body: object, token?: string): Promise<Record<string, unknown>> => {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
    },
    body: JSON.stringify(body)
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>)
}

const password = "a long walk beside the river"

const login = async (server: Program, password: string): Promise<string> => {
  const { tokens } = await post(server, "/auth/login", { name: "admin", password })
  return (tokens as { readonly accessToken: string }).accessToken
}

/** The password that is printed once, after the port is open. */
const printed = async (server: Program): Promise<string> => {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const found = /one-time password (\S+)/.exec(server.output())?.[1]
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`no one-time password was printed:\n${server.output()}`)
}

/** Signs in as the first administrator does: with the password that is printed once, which is changed at once. */
const signIn = async (server: Program): Promise<string> => {
  const oneTime = await printed(server)
  const first = await login(server, oneTime)
  await post(server, "/auth/password", { current: oneTime, next: password }, first)
  return login(server, password)
}

/** Everybody is asked who he is and counted against his limits, which are too high to be met here. */
const env = { RESYNC_AUTH: "on", RESYNC_RATE_LIMIT: "100000000", RESYNC_ADDRESS_RATE_LIMIT: "100000000" }

export const variants: Readonly<Record<string, Variant>> = {
  "sign-in, permissions and rate limits, with an access token": {
    env,
    headers: async (server) => ({ authorization: `Bearer ${await signIn(server)}` }),
    budget: 0.15
  },
  "sign-in, permissions and rate limits, with an API key": {
    env,
    headers: async (server) => {
      const key = { name: "bench", permissions: ["tws:read"], expiresInDays: 1 }
      const { secret } = await post(server, "/api-keys", key, await signIn(server))
      return { "x-api-key": String(secret) }
    },
    budget: 0.15
  }
}
