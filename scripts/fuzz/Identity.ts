/** Who the requests of a run are from: an administrator in each way there is, nobody, and somebody with a made-up credential. */
import { randomBytes } from "node:crypto"
import type { Chance } from "./Chance.ts"
import type { Answer, Exchange } from "./Exchange.ts"

type Headers = Readonly<Record<string, string>>

interface Credentials {
  readonly name: string
  readonly password: string
  readonly token: string
  readonly cookie: string
  /** That of a session over TLS, as a proxy says it is. */
  readonly secureCookie: string
  readonly key: string
}

const signOut = "/api/v1/auth/logout"

const keeperAddress = { "x-forwarded-for": "192.0.2.1" }

const made = [
  "Bearer x",
  "Bearer ",
  "Basic YWRtaW46YWRtaW4=",
  "Bearer rsk_0_0",
  "Bearer a.b.c",
  "Bearer \u00ff"
] as const

/** Clients whose failures are counted apart, and what no client is called. */
const addresses = [
  "198.51.100.7",
  "2001:db8::7, 10.0.0.1",
  "::ffff:198.51.100.8",
  "unknown",
  "1.2.3.4.5",
  ",,"
] as const

const overTls = { "x-forwarded-proto": "https" }

const json = ({ body, status }: Answer) => {
  if (status >= 300) throw new Error(`the fuzzer cannot sign in: ${status} ${body.slice(0, 300)}`)
  return body === "" ? undefined : JSON.parse(body)
}

/** The first administrator, whom no request is sent as, and another one for the requests: when it is lost there is a next. */
export class Identity {
  readonly #exchange: Exchange
  readonly #keeper: Headers
  readonly #kept = new Set<string>()
  #current: Credentials | undefined
  #last: Promise<unknown> = Promise.resolve()

  private constructor(exchange: Exchange, keeper: Headers) {
    this.#exchange = exchange
    this.#keeper = keeper
  }

  static async begin(exchange: Exchange, oneTimePassword: string): Promise<Identity> {
    const { token } = await choosePassword(exchange, "admin", oneTimePassword)
    const identity = new Identity(exchange, { ...keeperAddress, authorization: `Bearer ${token}` })
    await identity.#keep("/api/v1/auth/me")
    await identity.restore()
    return identity
  }

  /** Reads with the rights of the first administrator. */
  get(path: string): Promise<Answer> {
    return this.#exchange.send({ method: "GET", path, headers: this.#keeper, body: undefined })
  }

  /** Whether it is an id of those who are signed in, which nothing is to be done to. */
  keeps(id: string): boolean {
    return this.#kept.has(id)
  }

  async #keep(path: string): Promise<void> {
    const { id, sessionId } = json(await this.get(path))
    for (const kept of [id, sessionId]) if (typeof kept === "string") this.#kept.add(kept)
  }

  /** Sees to it that there is somebody to send requests to `path` as. */
  async restore(path = ""): Promise<void> {
    // Who signs in again for each sign-out may not have failed to change a password before.
    if (this.#current !== undefined && path !== signOut) {
      const { cookie: plain, key, secureCookie, token } = this.#current
      const ways = [bearer(token), { "x-api-key": key }, cookie(plain), { ...overTls, ...cookie(secureCookie) }]
      const answers = await Promise.all(ways.map((headers) => this.#me(headers)))
      if (answers.every(({ status }) => status === 200)) return
    }
    const name = `fuzz-${randomBytes(6).toString("hex")}`
    const user = json(await send(this.#exchange, "/api/v1/users/", this.#keeper, { name, roles: ["admin"] }))
    const { password, token } = await choosePassword(this.#exchange, name, user.oneTimePassword)
    const page = await this.#page(name, password, {})
    const securePage = await this.#page(name, password, overTls)
    const { permissions } = json(await this.#me(bearer(token)))
    const key = json(
      await send(this.#exchange, "/api/v1/api-keys/", bearer(token), { name, permissions, expiresInDays: 1 })
    )
    this.#current = { name, password, token, cookie: page.pair, secureCookie: securePage.pair, key: key.secret }
    const own = json(await this.#me(bearer(token)))
    for (const id of [user.user.id, page.id, securePage.id, key.apiKey.id, own.sessionId]) this.#kept.add(id)
  }

  /** A session that a cookie carries: its id, and the cookie with its name. */
  async #page(name: string, password: string, headers: Headers) {
    const page = await send(
      this.#exchange,
      "/api/v1/auth/login",
      { ...headers, "sec-fetch-site": "same-origin" },
      { name, password, session: "cookie" }
    )
    const { id } = json(page).session
    const [set = ""] = page.cookies
    return { id, pair: set.slice(0, set.indexOf(";")) }
  }

  /** Another session. One at a time: many attempts at once count as guessing. */
  #another({ name, password }: Credentials): Promise<string> {
    const token = this.#last.then(() => signIn(this.#exchange, name, password))
    this.#last = token
    return token
  }

  #me(headers: Headers): Promise<Answer> {
    return this.#exchange.send({
      method: "GET",
      path: "/api/v1/auth/me",
      headers: { ...keeperAddress, ...headers },
      body: undefined
    })
  }

  /** Somebody for a request: in six of ten the administrator, else nobody, or somebody with what does not hold. */
  async headers(path: string, chance: Chance): Promise<Headers> {
    const from = { "x-forwarded-for": chance.often(0.8) ? `198.51.100.${chance.below(250)}` : chance.pick(addresses) }
    const current = this.#current
    const way = chance.next()
    if (current === undefined || way < 0.15) return from
    if (way < 0.2) return { ...from, authorization: chance.pick(made) }
    if (way < 0.22) return { ...from, authorization: `Bearer ${current.token.slice(0, -3)}AAA` }
    if (way < 0.3) return { ...from, "x-api-key": current.key }
    if (path === signOut) {
      // Somebody who signs out is gone for all other requests, so it is a session of its own.
      return { ...from, ...(way < 0.35 ? bearer(await this.#another(current)) : {}) }
    }
    if (way < 0.325) return { ...from, ...overTls, ...cookie(current.secureCookie) }
    if (way < 0.35) return { ...from, ...cookie(current.cookie) }
    if (way < 0.38) return { ...from, cookie: current.cookie, "sec-fetch-site": "cross-site" }
    return { ...from, ...bearer(current.token) }
  }
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })
const cookie = (pair: string): Headers => ({ cookie: pair, "sec-fetch-site": "same-origin" })

const send = (exchange: Exchange, path: string, headers: Headers, body: object) =>
  exchange.send({
    method: "POST",
    path,
    headers: { ...keeperAddress, ...headers, "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body))
  })

const signIn = async (exchange: Exchange, name: string, password: string): Promise<string> =>
  json(await send(exchange, "/api/v1/auth/login", {}, { name, password })).tokens.accessToken

/** Changes a one-time password and signs in with the new one. */
const choosePassword = async (exchange: Exchange, name: string, current: string) => {
  const password = randomBytes(18).toString("base64url")
  const first = await signIn(exchange, name, current)
  json(await send(exchange, "/api/v1/auth/password", bearer(first), { current, next: password }))
  return { password, token: await signIn(exchange, name, password) }
}
