import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Redacted } from "effect"
import * as ConfigMessage from "../src/ConfigMessage.ts"
import { withFiles } from "../src/VariableFiles.ts"

const folder = mkdtempSync(join(tmpdir(), "resync-variables-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const secret = (variables: Readonly<Record<string, string>>) =>
  Config.Redacted("TWS_PASSWORD").pipe(
    Effect.map(Redacted.value),
    Effect.provideService(ConfigProvider.ConfigProvider, withFiles(ConfigProvider.fromEnvRecord(variables)))
  )

const refusal = (variables: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(secret(variables)), ConfigMessage.ofError)

describe("a variable", () => {
  it.effect("by itself", () =>
    Effect.map(secret({ TWS_PASSWORD: "plain" }), (value) => assert.strictEqual(value, "plain"))
  )

  it.effect("from a file, without the line break at its end and with all else", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* secret({ TWS_PASSWORD_FILE: file("unix", " two words \n") }), " two words ")
      assert.strictEqual(yield* secret({ TWS_PASSWORD_FILE: file("windows", "word\r\n") }), "word")
      assert.strictEqual(yield* secret({ TWS_PASSWORD_FILE: file("lines", "a\nb\n") }), "a\nb")
    })
  )

  it.effect("from a file that is not there stops the start with a line that names it", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ TWS_PASSWORD_FILE: join(folder, "missing") })
      assert.match(message, /^TWS_PASSWORD_FILE: ENOENT.*missing/)
      assert.notInclude(message, "\n")
    })
  )

  it.effect("given twice is a mistake, told without either value", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ TWS_PASSWORD: "hidden", TWS_PASSWORD_FILE: file("twice", "hidden too") })
      assert.strictEqual(message, "TWS_PASSWORD: TWS_PASSWORD_FILE is set too, and only one may be")
    })
  )

  it.effect("whose name ends in _FILE by itself stays a path", () =>
    Effect.gen(function* () {
      const path = yield* Config.String("TWS_CA_FILE").pipe(
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          withFiles(ConfigProvider.fromEnvRecord({ TWS_CA_FILE: "/etc/ca.pem" }))
        )
      )
      assert.strictEqual(path, "/etc/ca.pem")
    })
  )
})
