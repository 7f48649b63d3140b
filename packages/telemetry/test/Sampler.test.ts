import { assert, describe, it } from "@effect/vitest"
import { Context, Option, Tracer } from "effect"
import * as Sampler from "../src/Sampler.ts"

const options = (parent?: Tracer.AnySpan) => ({
  name: "work",
  parent: Option.fromNullishOr(parent),
  annotations: Context.empty(),
  links: [],
  startTime: 0n,
  kind: "internal" as const,
  root: parent === undefined,
  sampled: parent?.sampled ?? true
})

const low = "00000000000000000002000000000000"
const high = "0000000000000000000f000000000000"
const remote = (traceId: string, sampled: boolean) =>
  Tracer.externalSpan({ traceId, spanId: "b7ad6b7169203331", sampled })

describe("Sampler", () => {
  const decisions: ReadonlyArray<
    readonly [name: Parameters<typeof Sampler.make>[0], root: boolean, sampledParent: boolean, unsampledParent: boolean]
  > = [
    ["always_on", true, true, true],
    ["always_off", false, false, false],
    ["parentbased_always_on", true, true, false],
    ["parentbased_always_off", false, true, false],
    ["traceidratio", false, false, false],
    ["parentbased_traceidratio", false, true, false]
  ]
  for (const [name, root, sampledParent, unsampledParent] of decisions) {
    it(`${name} decides by its rule`, () => {
      const sampler = Sampler.make(name, 0.5)
      const never = () => high
      assert.strictEqual(sampler(options(), never), root)
      assert.strictEqual(sampler(options(remote(high, true)), never), sampledParent)
      assert.strictEqual(sampler(options(remote(high, false)), never), unsampledParent)
    })
  }

  it("keeps a trace by its id when the ratio says so", () => {
    const sampler = Sampler.make("traceidratio", 0.5)
    assert.isTrue(sampler(options(), () => low))
    assert.isTrue(sampler(options(remote(low, false)), () => high))
    assert.isFalse(Sampler.make("traceidratio", 0)(options(), () => low))
    assert.isTrue(Sampler.make("traceidratio", 1)(options(), () => "f".repeat(32)))
  })
})
