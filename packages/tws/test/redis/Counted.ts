import { Effect } from "effect"
import { JobId } from "../../src/model/Ids.ts"
import type { Reading } from "../../src/model/Reading.ts"
import * as Stub from "../StubScheduler.ts"
import type { Process } from "./Processes.ts"
import { eventually, installed, RedisServer } from "./RedisServer.ts"

export const jobId = JobId.make(Stub.uuid(1))
export const hold = { _tag: "Hold" } as const

export const isRead = ({ method, path }: Stub.Seen) => method === "GET" && path.includes("/plan/job/")

/** A scheduler with one job, whose name tells how often it was asked for. */
export const counted = () => {
  let asked = 0
  return (seen: Stub.Seen): Stub.Reply =>
    isRead(seen) ? Stub.json(Stub.wireJob(1, { name: `READ${++asked}` })) : Stub.json({})
}

export const name = (reading: Reading<{ readonly name: string }>) => reading.value.name

export const job = ({ tws }: Process) => tws.job(jobId)

export const answers = RedisServer.use(({ send }) => send<ReadonlyArray<string>>("KEYS", "resync:cache:1:answer:*"))

/** Waits until so many answers are in Redis. */
export const kept = (count: number) => eventually(answers, (keys) => keys.length >= count)

export const theAnswer = Effect.map(kept(1), ([key]) => key ?? "")

/** Makes the answer in Redis older than it is. */
export const age = (millis: number) =>
  Effect.gen(function* () {
    const { send } = yield* RedisServer
    const key = yield* theAnswer
    const readAt = Number(yield* send("HGET", key, "readAt"))
    yield* send("HSET", key, "readAt", String(readAt - millis))
  })

export const figures = ({ control }: Process, cache: string) =>
  Effect.map(control.caches, (all) => all.find((one) => one.name === cache))

/** Where Redis has to be there, its absence fails. */
export const skip = !installed && process.env["CI"] === undefined
