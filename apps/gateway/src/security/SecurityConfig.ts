import { isIP } from "node:net"
import * as Role from "@resync/identity/model/Role"
import * as Setting from "@resync/service/Setting"
import * as Variable from "@resync/service/Variable"
import { Config, Context, Duration, Layer, Option, Schema, SchemaGetter } from "effect"

/** Words or numbers with commas between. */
const list = <S extends Schema.Codec<string, string>>(item: S) =>
  Schema.String.pipe(
    Schema.decodeTo(Schema.Array(item), {
      decode: SchemaGetter.transform(
        (text: string) => text.split(",").map((part) => part.trim()) as ReadonlyArray<S["Encoded"]>
      ),
      encode: SchemaGetter.transform((parts: ReadonlyArray<S["Encoded"]>) => parts.join(","))
    })
  )

const Network = Schema.String.check(
  Schema.makeFilter(
    (text) => {
      const [address = "", bits, ...rest] = text.split("/")
      const family = isIP(address)
      if (family === 0 || rest.length > 0) return false
      return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
    },
    { expected: "addresses or networks like 10.0.0.0/8, with commas between" }
  )
)

const limit = (name: string) => Config.schema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), name)

/** What an operator can set about who gets in. */
export const settings = {
  auth: Setting.make({
    name: "RESYNC_AUTH",
    read: (name) => Config.schema(Schema.Literals(["on", "off"]), name),
    fallback: "on" as "on" | "off",
    meaning: "`off` lets everybody in, as an administrator. Only on a loopback address."
  }),
  accessTokenLifetime: Setting.make({
    name: "RESYNC_ACCESS_TOKEN_LIFETIME",
    read: Variable.duration,
    fallback: Duration.minutes(10),
    shown: "10 minutes",
    meaning: "How long an access token is good for."
  }),
  sessionLifetime: Setting.make({
    name: "RESYNC_SESSION_LIFETIME",
    read: Variable.duration,
    fallback: Duration.hours(12),
    shown: "12 hours",
    meaning: "How long a sign-in is good for, whatever happens."
  }),
  sessionIdle: Setting.make({
    name: "RESYNC_SESSION_IDLE",
    read: Variable.duration,
    fallback: Duration.hours(1),
    shown: "1 hour",
    meaning: "How long a session in a browser may be idle."
  }),
  mfaRoles: Setting.make({
    name: "RESYNC_MFA_ROLES",
    read: (name) => Config.schema(list(Role.Role), name),
    fallback: [] as ReadonlyArray<Role.Role>,
    shown: "",
    meaning: "Roles that need a second factor, with commas between: `admin,operator`."
  }),
  breachedPasswords: Setting.make({
    name: "RESYNC_BREACHED_PASSWORDS_FILE",
    read: (name) => Config.option(Config.NonEmptyString(name)),
    fallback: Option.none<string>(),
    shown: "",
    meaning:
      "A file of breached passwords that no new one may be: SHA-1 hashes ordered by hash as haveibeenpwned.com gives them out, of any size, or passwords, one a line. It is read anew for each new password."
  }),
  trustedProxies: Setting.make({
    name: "RESYNC_TRUSTED_PROXIES",
    read: (name) => Config.schema(list(Network), name),
    fallback: [] as ReadonlyArray<string>,
    shown: "",
    meaning:
      "Addresses and networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: `10.0.0.0/8,::1`."
  }),
  rateLimit: Setting.make({
    name: "RESYNC_RATE_LIMIT",
    read: (name) => Config.option(limit(name)),
    fallback: Option.none<number>(),
    shown: "6000",
    meaning:
      "Requests a minute of one user or key; more are answered with 429. 0 sets no limit, which is the default without sign-in."
  }),
  addressRateLimit: Setting.make({
    name: "RESYNC_ADDRESS_RATE_LIMIT",
    read: (name) => Config.option(limit(name)),
    fallback: Option.none<number>(),
    shown: "12000",
    meaning:
      "Requests a minute from one address, an IPv6 network of 64 bits being one. 0 sets no limit, which is the default without sign-in."
  }),
  signInRateLimit: Setting.make({
    name: "RESYNC_SIGN_IN_RATE_LIMIT",
    read: limit,
    fallback: 30,
    meaning:
      "Sign-ins, second factors, refreshes, new keys and refused credentials a minute, each apart, from one address. 0 sets no limit."
  })
} as const

/** Who gets in, and how often. */
export class SecurityConfig extends Context.Service<
  SecurityConfig,
  { readonly [K in keyof typeof settings]: Config.Success<(typeof settings)[K]["config"]> }
>()("@resync/gateway/SecurityConfig") {
  /** From the environment. */
  static readonly layer = Layer.effect(SecurityConfig, Setting.readAll(settings))
}
