import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Redacted } from "effect"
import { config } from "../src/TwsOptions.ts"

const read = (env: Record<string, string>) => config.parse(ConfigProvider.fromEnvRecord(env))

describe("TwsOptions.config", () => {
  it.effect("reads master and backups, and signs in with a name", () =>
    Effect.gen(function* () {
      const options = yield* read({
        TWS_URL: "https://mdm:31116, https://bkm:31116/twsd",
        TWS_USER: "op",
        TWS_PASSWORD: "secret",
        TWS_CA_FILE: "/etc/ca.pem",
        TWS_MAX_CONNECTIONS: "8",
        TWS_PING_INTERVAL: "1 minute"
      })
      assert.deepStrictEqual(
        options.urls.map(({ href }) => href),
        ["https://mdm:31116/", "https://bkm:31116/twsd"]
      )
      const { credentials } = options
      if (credentials?._tag !== "Basic") return assert.fail("no name")
      assert.deepStrictEqual([credentials.user, Redacted.value(credentials.password)], ["op", "secret"])
      assert.notInclude(JSON.stringify(options), "secret")
      assert.strictEqual(options.certificateAuthorityFile, "/etc/ca.pem")
      assert.strictEqual(options.connections?.perHost, 8)
      assert.isFalse(options.insecureSkipTlsVerification)
      assert.deepStrictEqual(options.pingInterval, Duration.minutes(1))
    })
  )

  it.effect("prefers an API key, and needs none of both", () =>
    Effect.gen(function* () {
      const keyed = yield* read({ TWS_URL: "https://mdm:31116", TWS_TOKEN: "key", TWS_USER: "op" })
      assert.strictEqual(keyed.credentials?._tag, "Bearer")
      assert.isUndefined((yield* read({ TWS_URL: "https://mdm:31116" })).credentials)
    })
  )

  it.effect("names the variable that is wrong", () =>
    Effect.gen(function* () {
      for (const [env, name] of [
        [{}, "TWS_URL"],
        [{ TWS_URL: "not a url" }, "TWS_URL"],
        [{ TWS_URL: "" }, "TWS_URL"],
        [{ TWS_URL: "https://mdm", TWS_USER: "op" }, "TWS_PASSWORD"],
        [{ TWS_URL: "https://mdm", TWS_TLS_INSECURE: "perhaps" }, "TWS_TLS_INSECURE"]
      ] as const) {
        const error = yield* Effect.flip(read(env))
        assert.include(error.message, name)
      }
    })
  )
})
