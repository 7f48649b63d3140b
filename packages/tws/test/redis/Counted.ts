import { Effect } from "effect"
import { JobId } from "../../src/model/Ids.ts"
import type { Reading } from "../../src/model/Reading.ts"
import * as Stub from "../StubScheduler.ts"
import type { Process } from "./Processes.ts"
import { eventually, RedisServer } from "./RedisServer.ts"

export const jobId = JobId.make(Stub.uuid(1))
export const hold = { _tag: "Hold" } as const

export const isRead = ({ method, path }: Stub.Seen) => method === "GET" && path.includes("/plan/job/")

/** A scheduler with one job and one predecessor of it, whose names tell how often they were asked for. */
export const counted = () => {
  let asked = 0
  return (seen: Stub.Seen): Stub.Reply => {
    if (!isRead(seen)) return Stub.json({})
    const found = Stub.wireJob(1, { name: `READ${++asked}` })
    return Stub.json(seen.path.endsWith("/predecessors") ? { results: [{ ...found, id: Stub.uuid(2) }] } : found)
  }
}

export const name = (reading: Reading<{ readonly name: string }>) => reading.value.name

export const job = ({ tws }: Process) => tws.job(jobId)

/** The name of the predecessor. It is fresh for five minutes, which no test waits for: what is new sooner was made so. */
export const before = ({ tws }: Process) =>
  Effect.map(tws.predecessors(jobId), ({ value }) => value.nodes[0]?.name ?? "none")

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
