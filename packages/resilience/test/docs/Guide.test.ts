/** What `docs/resilience.md` says of the library, held to the library. */
import { existsSync, globSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Schema } from "effect"
import * as AdaptiveLimiterOptions from "../../src/AdaptiveLimiterOptions.ts"
import { AdaptiveThrottleOptions } from "../../src/AdaptiveThrottle.ts"
import { BulkheadOptions } from "../../src/Bulkhead.ts"
import { ChaosOptions } from "../../src/ChaosOptions.ts"
import { CircuitBreakerFields, FailureRate } from "../../src/CircuitBreakerOptions.ts"
import { CircuitBreakerSharing } from "../../src/CircuitBreakerSharing.ts"
import * as HedgeOptions from "../../src/HedgeOptions.ts"
import { KeyedBulkheadOptions } from "../../src/KeyedBulkhead.ts"
import { KeyBounds } from "../../src/KeyedCircuitBreakerOptions.ts"
import { RateLimiterOptions } from "../../src/RateLimiter.ts"
import * as Resilience from "../../src/Resilience.ts"
import { Pattern, ResiliencePolicyOptions } from "../../src/ResiliencePolicyOptions.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import { ConcurrencyBudgetOptions, DepositBudgetOptions } from "../../src/RetryBudget.ts"
import { RetryPolicyOptions } from "../../src/RetryPolicy.ts"

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
const guide = read("../../../../docs/resilience.md")

/** The cells of the table that begins below a line of text. */
const tableAfter = (line: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [, text = ""] = guide.split(`${line}\n`)
  const table = text.trimStart().split("\n\n")[0] ?? ""
  return table
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim())
    )
}

interface Options {
  readonly schema: Schema.Codec<unknown, never> & { readonly fields: Schema.Struct.Fields }
  /** What has to be said, so that the rest is left to its defaults. */
  readonly required?: Readonly<Record<string, unknown>>
}

const of = (schema: unknown, required: Readonly<Record<string, unknown>> = {}): Options => ({
  // All are structs without services; which fields each has is what the tests look at.
  schema: schema as Options["schema"],
  required
})

const documented: Readonly<Record<string, Options>> = {
  CircuitBreakerOptions: of(CircuitBreakerFields),
  FailureRate: of(FailureRate, {
    _tag: "FailureRate",
    failureRateThreshold: 50,
    slidingWindowSize: 100,
    minimumNumberOfCalls: 100
  }),
  CircuitBreakerSharing: of(CircuitBreakerSharing),
  KeyBounds: of(KeyBounds),
  RetryPolicyOptions: of(RetryPolicyOptions),
  DepositBudgetOptions: of(DepositBudgetOptions),
  ConcurrencyBudgetOptions: of(ConcurrencyBudgetOptions, { _tag: "ConcurrencyBudget" }),
  BulkheadOptions: of(BulkheadOptions),
  KeyedBulkheadOptions: of(KeyedBulkheadOptions),
  RateLimiterOptions: of(RateLimiterOptions),
  HedgeOptions: of(HedgeOptions.HedgeOptions),
  AverageDelay: of(HedgeOptions.AverageDelay, { _tag: "AverageDelay", initial: 1 }),
  PercentileDelay: of(HedgeOptions.PercentileDelay, { _tag: "PercentileDelay", initial: 1 }),
  AdaptiveLimiterOptions: of(AdaptiveLimiterOptions.AdaptiveLimiterOptions),
  Aimd: of(AdaptiveLimiterOptions.Aimd, { _tag: "AIMD" }),
  Gradient2: of(AdaptiveLimiterOptions.Gradient2, { _tag: "Gradient2" }),
  Vegas: of(AdaptiveLimiterOptions.Vegas, { _tag: "Vegas" }),
  Sampling: of(AdaptiveLimiterOptions.Sampling),
  AdaptiveThrottleOptions: of(AdaptiveThrottleOptions),
  ChaosOptions: of(ChaosOptions),
  ResiliencePolicyOptions: of(ResiliencePolicyOptions)
}

describe("the guide's defaults", () => {
  for (const [name, { required = {}, schema }] of Object.entries(documented)) {
    const rows = tableAfter(`<!-- defaults: ${name} -->`)
    const options = rows.map(([option = ""]) => option.replaceAll("`", ""))

    it(`name each option of ${name}`, () => {
      const all = Object.keys(schema.fields).filter((key) => key !== "_tag" && !Object.hasOwn(required, key))
      assert.deepStrictEqual(options, all)
    })

    it.effect(`are those of ${name}`, () =>
      Effect.gen(function* () {
        const decode = (input: Readonly<Record<string, unknown>>) => Schema.decodeUnknownEffect(schema)(input)
        const silent = yield* decode(required)
        for (const [index, [, value = ""]] of rows.entries()) {
          const key = options[index] ?? ""
          if (value === "none") assert.notProperty(silent, key)
          else {
            const stated = yield* decode({ ...required, [key]: JSON.parse(value.replaceAll("`", "")) })
            assert.isTrue(Equal.equals(stated, silent), `${key} is not ${value} by default`)
          }
        }
      })
    )
  }

  it("are all held to the code", () => {
    const tables = [...guide.matchAll(/<!-- defaults: (\w+) -->/g)].map(([, name]) => name)
    assert.deepStrictEqual(tables, Object.keys(documented))
  })
})

describe("the guide's order", () => {
  const [, shown = ""] = /```text\n(Deadline[^\n]*)\n/.exec(guide) ?? []

  it.effect("is the order of a policy that has everything", () =>
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* policies.register("all", {
        chaos: {},
        attemptTimeout: "1 second",
        adaptiveLimit: {},
        bulkhead: {},
        rateLimit: {},
        throttle: {},
        circuitBreaker: {},
        hedge: {},
        retry: {},
        deadline: "1 minute"
      })
      const layers = yield* policy.layers
      assert.deepStrictEqual(
        layers.map(({ pattern }) => pattern),
        shown.split(" → ")
      )
      assert.sameMembers(shown.split(" → "), [...Pattern.literals])
    }).pipe(Effect.provide(Resilience.layer()))
  )
})

describe("the guide's comparison", () => {
  const ids: ReadonlyArray<string> = JSON.parse(read("../conformance/ids.json"))
  const cases = globSync("../conformance/**/*.ts", { cwd: import.meta.dirname })
    .map((file) => read(file))
    .join("\n")
  const tables = ["### Circuit breakers", "### The other patterns"]

  for (const title of tables) {
    const rows = tableAfter(`${title}\n`)

    it(`${title.slice(4)}: what is ours is proved by a case or is a module`, () => {
      assert.isAbove(rows.length, 20)
      for (const [feature = "", ours = ""] of rows) {
        const [, id, module] = /^● (?:([A-Z]{2}\d+)|`(\w+)`)$/.exec(ours) ?? []
        if (id !== undefined) {
          assert.include(ids, id, feature)
          assert.match(cases, new RegExp(`["'\`]${id}["':]`), feature)
        } else if (module !== undefined) {
          assert.isTrue(existsSync(new URL(`../../src/${module}.ts`, import.meta.url)), `${feature}: ${module}`)
        } else assert.strictEqual(ours, "○", feature)
      }
    })

    it(`${title.slice(4)}: each library has its verdict in each row`, () => {
      for (const [feature, , ...others] of rows) {
        assert.strictEqual(others.length, title === tables[0] ? 7 : 6, feature)
        for (const verdict of others) assert.include(["●", "◐", "○"], verdict, feature)
      }
    })
  }
})

describe("the guide's links", () => {
  it("lead to files and sections that there are", () => {
    const sections = [...guide.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replaceAll(" ", "-")
    )
    for (const [, target = ""] of guide.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("https://")) continue
      if (target.startsWith("#")) assert.include(sections, target.slice(1))
      else assert.isTrue(existsSync(new URL(`../../../../docs/${target}`, import.meta.url)), target)
    }
  })
})
