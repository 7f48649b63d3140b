import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { inherit } from "../src/BaseConfig.ts"

interface Config {
  readonly baseConfig?: string
  readonly a?: number
  readonly b?: number
  readonly c?: number
}

const merge = (base: Config, own: Config): Config => ({ ...base, ...own })

const resolve = (configs: Record<string, Config>, config: Config, implicitBase = "default") =>
  inherit(configs, config, { implicitBase, merge })

describe("inherit", () => {
  it.effect("RG4 what is nearer overrides what is further", () =>
    Effect.gen(function* () {
      const configs = { default: { a: 1, b: 1, c: 1 }, base: { a: 2, b: 2 }, near: { baseConfig: "base", a: 3 } }
      assert.deepStrictEqual(yield* resolve(configs, { baseConfig: "near" }), { a: 3, b: 2, c: 1 })
      assert.deepStrictEqual(yield* resolve(configs, { c: 9 }), { a: 1, b: 1, c: 9 })
    })
  )

  it.effect("RG4 without a default nothing is added", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resolve({}, { a: 1 }), { a: 1 })
      assert.deepStrictEqual(
        yield* inherit<Config>({ default: { b: 1 }, base: { a: 1 } }, { baseConfig: "base" }, { merge }),
        { a: 1 }
      )
    })
  )

  it.effect("RG4 the default may inherit too, also from what others inherit from", () =>
    Effect.gen(function* () {
      const configs = { default: { baseConfig: "common", a: 1 }, common: { a: 2, b: 2 } }
      assert.deepStrictEqual(yield* resolve(configs, {}), { a: 1, b: 2 })
      assert.deepStrictEqual(yield* resolve(configs, { baseConfig: "default" }), { a: 1, b: 2 })
      assert.deepStrictEqual(yield* resolve(configs, { baseConfig: "common", c: 3 }), { a: 2, b: 2, c: 3 })
    })
  )

  it.effect("RG4 an unknown base is an error, names of built-in properties included", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(resolve({ near: { baseConfig: "toString" } }, { baseConfig: "near" }))
      assert.deepInclude(error, { _tag: "BaseConfigInvalid", reason: "unknown", path: ["near", "toString"] })
      assert.strictEqual(error.message, "Unknown base configuration: near → toString")
    })
  )

  it.effect("RG4 a cycle is an error", () =>
    Effect.gen(function* () {
      const configs = { a: { baseConfig: "b" }, b: { baseConfig: "a" }, default: { baseConfig: "default" } }
      const error = yield* Effect.flip(resolve(configs, { baseConfig: "a" }))
      assert.strictEqual(error.message, "Configurations inherit in a cycle: a → b → a")
      assert.strictEqual((yield* Effect.flip(resolve(configs, {}))).reason, "cycle")
    })
  )
})
