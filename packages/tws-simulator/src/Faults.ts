import { Context, Effect, Layer, Random, Ref } from "effect"
import { type FaultAction, type FaultRule, matchesPath } from "./FaultRule.ts"

interface Armed {
  readonly rule: FaultRule
  readonly left: number
}

/** The faults that are to happen. */
export class Faults extends Context.Service<
  Faults,
  {
    /** The rules in force, with the counts that are left. */
    readonly rules: Effect.Effect<ReadonlyArray<FaultRule>>
    /** Replaces all rules; none at all heals everything. */
    set(rules: ReadonlyArray<FaultRule>): Effect.Effect<void>
    /** What is to happen to this request, in order: latencies first, then at most one other fault. */
    take(method: string, path: string): Effect.Effect<ReadonlyArray<FaultAction>>
  }
>()("@resync/tws-simulator/Faults") {
  static readonly layer = Layer.effect(
    Faults,
    Effect.gen(function* () {
      const armed = yield* Ref.make<ReadonlyArray<Armed>>([])

      const take = Effect.fnUntraced(function* (method: string, path: string) {
        const rules = yield* Ref.get(armed)
        if (rules.length === 0) return []
        const chances = yield* Effect.forEach(rules, () => Random.next)
        return yield* Ref.modify(armed, (current) => {
          const actions: Array<FaultAction> = []
          let decided = false
          const next = current.map((one, index) => {
            const { action, probability = 1 } = one.rule
            const applies =
              one.left > 0 &&
              !decided &&
              (one.rule.method === undefined || one.rule.method === method) &&
              matchesPath(one.rule.path, path) &&
              (chances[index] ?? 1) < probability
            if (!applies) return one
            actions.push(action)
            if (action.kind !== "latency") decided = true
            return { ...one, left: one.left - 1 }
          })
          return [actions, next]
        })
      })

      return Faults.of({
        rules: Effect.map(Ref.get(armed), (current) =>
          current
            .filter((one) => one.left > 0)
            .map(({ left, rule }) => (rule.count === undefined ? rule : { ...rule, count: left }))
        ),
        set: (rules) =>
          Ref.set(
            armed,
            rules.map((rule) => ({ rule, left: rule.count ?? Number.POSITIVE_INFINITY }))
          ),
        take
      })
    })
  )
}
