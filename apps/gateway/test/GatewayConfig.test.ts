import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { GatewayConfig, settings } from "../src/config/GatewayConfig.ts"
import { settings as security } from "../src/security/SecurityConfig.ts"

const from = (variables: Readonly<Record<string, string>>) =>
  GatewayConfig.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))))

describe("GatewayConfig", () => {
  it.effect("has a default for everything", () =>
    Effect.gen(function* () {
      const config = yield* GatewayConfig
      assert.strictEqual(config.port, 8080)
      assert.strictEqual(config.host, "127.0.0.1")
      assert.strictEqual(Duration.toSeconds(config.shutdownTimeout), 15)
    }).pipe(Effect.provide(from({})))
  )

  it.effect("reads the environment", () =>
    Effect.gen(function* () {
      const config = yield* GatewayConfig
      assert.strictEqual(config.port, 0)
      assert.strictEqual(Duration.toMillis(config.headersTimeout), 1500)
    }).pipe(Effect.provide(from({ RESYNC_PORT: "0", RESYNC_HEADERS_TIMEOUT: "1500 millis" })))
  )

  const wrong = [
    ["RESYNC_PORT", "http"],
    ["RESYNC_PORT", "65536"],
    ["RESYNC_MAX_BODY_SIZE", "1.5"],
    ["RESYNC_MAX_CONNECTIONS", "0"],
    ["RESYNC_SHUTDOWN_TIMEOUT", "soon"],
    ["RESYNC_SHUTDOWN_TIMEOUT", "0 seconds"],
    ["RESYNC_SHUTDOWN_TIMEOUT", "Infinity"]
  ] as const

  for (const [name, value] of wrong) {
    it.effect(`says in one line what is wrong with ${name}=${JSON.stringify(value)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(from({ [name]: value }))))
        const message = ConfigMessage.ofError(error)
        assert.match(message, new RegExp(`^${name}: .+`))
        assert.notInclude(message, "\n")
      })
    )
  }

  it("is described in the documentation, setting by setting", () => {
    const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")
    for (const { fallback, meaning, name } of Object.values({ ...settings, ...security })) {
      const shown = fallback === "" ? " " : ` \`${fallback}\` `
      assert.include(text, `| \`${name}\` |${shown}| ${meaning} |`)
    }
  })
})
