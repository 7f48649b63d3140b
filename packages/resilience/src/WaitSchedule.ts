/**
 * The waits of a circuit breaker that opens again and again without a close in between: one for each opening, the last one
 * for all further ones.
 *
 * They come from any `Schedule` whose steps take no time, which those of `effect/Schedule` do not, or from a list. As JSON
 * they are the list.
 */
import {
  type Context,
  Duration,
  Effect,
  Equal,
  type Exit,
  Hash,
  Random,
  Schedule,
  Schema,
  SchemaIssue,
  SchemaParser,
  SchemaTransformation
} from "effect"
import { PositiveDuration } from "./internal/DurationInput.ts"

const TypeId = "~@resync/resilience/WaitSchedule"

type AnySchedule = Schedule.Schedule<unknown, number>

export interface WaitSchedule extends Equal.Equal {
  readonly [TypeId]: typeof TypeId
  /** The waits without chance: what is jittered stands at its middle. Two that have the same are equal. */
  readonly delays: readonly [Duration.Duration, ...ReadonlyArray<Duration.Duration>]
  /** What they come from; not there for a list. */
  readonly schedule: AnySchedule | undefined
}

/** A list of waits, or a schedule that gives them. */
export type Input = ReadonlyArray<Duration.Input> | AnySchedule | WaitSchedule

export const isWaitSchedule = (u: unknown): u is WaitSchedule => u instanceof WaitScheduleImpl

class WaitScheduleImpl implements WaitSchedule {
  readonly [TypeId] = TypeId
  readonly delays: WaitSchedule["delays"]
  readonly schedule: AnySchedule | undefined

  constructor(delays: WaitSchedule["delays"], schedule: AnySchedule | undefined) {
    this.delays = delays
    this.schedule = schedule
  }

  [Equal.symbol](that: unknown): boolean {
    return isWaitSchedule(that) && Equal.equals(this.delays, that.delays)
  }

  [Hash.symbol](): number {
    return Hash.hash(this.delays)
  }

  toJSON(): unknown {
    return this.delays
  }
}

/** More openings in a row than these wait as long as the last of them. */
const most = 64

/** Steps a schedule so many times on a clock of its own: what bounds its elapsed time bounds the time spent open. */
const replay = Effect.fnUntraced(function* (schedule: AnySchedule, openings: number) {
  const step = yield* Schedule.toStep(schedule)
  const delays: Array<Duration.Duration> = []
  let now = 0
  while (delays.length < openings) {
    const result: Exit.Exit<[unknown, Duration.Duration], unknown> = yield* Effect.exit(step(now, delays.length + 1))
    if (result._tag === "Failure") break
    const [, delay] = result.value
    delays.push(delay)
    now += Duration.toMillis(delay)
  }
  return delays
})

/** Chance at its middle. */
const unmoved = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

const planned = (schedule: AnySchedule): ReadonlyArray<Duration.Duration> => {
  const exit = Effect.runSyncExit(Effect.provideService(replay(schedule, most), Random.Random, unmoved))
  return exit._tag === "Success" ? exit.value : []
}

/** The wait of the `attempt`-th opening in a row, in milliseconds, without chance. */
export const millisOf = ({ delays }: WaitSchedule, attempt: number): number =>
  Duration.toMillis(delays[Math.min(attempt, delays.length) - 1] ?? delays[0])

/** The same with chance, drawn anew for each opening; `undefined` for what has no chance in it. */
export const drawMillis = (
  self: WaitSchedule | Duration.Duration,
  attempt: number,
  context: Context.Context<never>
): number | undefined => {
  if (!isWaitSchedule(self) || self.schedule === undefined) return undefined
  const exit = Effect.runSyncExitWith(context)(replay(self.schedule, Math.min(attempt, most)))
  const drawn = exit._tag === "Success" ? exit.value.at(-1) : undefined
  return drawn === undefined ? undefined : Duration.toMillis(drawn)
}

const durations = Schema.NonEmptyArray(PositiveDuration)

/** Waits as they are, or from a list of durations over 0 or a `Schedule` of such; as JSON they are a list. */
export const WaitSchedule = Schema.declareConstructor<WaitSchedule, Input>()(
  [],
  () => (input, ast, options) => {
    if (isWaitSchedule(input)) return Effect.succeed(input)
    const schedule = Schedule.isSchedule(input) ? (input as AnySchedule) : undefined
    if (schedule === undefined && !Array.isArray(input)) {
      return Effect.fail(new SchemaIssue.InvalidType(ast, input, options))
    }
    return SchemaParser.decodeUnknownEffect(durations)(
      schedule === undefined ? input : planned(schedule),
      options
    ).pipe(Effect.map((delays) => new WaitScheduleImpl(delays, schedule)))
  },
  {
    expected: "a list or a Schedule of durations",
    toCodecJson: () =>
      Schema.link<WaitSchedule>()(
        Schema.NonEmptyArray(Schema.DurationFromString),
        SchemaTransformation.transform({
          decode: (delays): WaitSchedule => new WaitScheduleImpl(delays, undefined),
          encode: ({ delays }) => delays
        })
      )
  }
)
