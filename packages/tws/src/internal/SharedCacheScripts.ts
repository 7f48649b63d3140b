/** What Redis does in one step. Times are those of the server, so that no two clocks have to agree. */
import * as Redis from "effect/persistence/Redis"

/** A day, longer than any answer is kept: an answer whose generation was forgotten is not read. */
export const generationMillis = 24 * 60 * 60 * 1000

/** The changes that a process can be behind without losing one. */
const mostChanges = 10_000

const now = `
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/**
 * Answers, after the time and the generations, how old the answer is and its text, if it is of these generations; a lease instead
 * of a fresh answer, if nobody has one: `1` says so. A key of another kind than it should be is no answer.
 */
export const look = Redis.script(
  (options: {
    readonly answer: string
    readonly lease: string
    readonly generations: ReadonlyArray<string>
    readonly id: string
    readonly freshForMillis: number
    readonly leaseMillis: number
  }) => [
    options.answer,
    options.lease,
    ...options.generations,
    options.id,
    options.freshForMillis,
    options.leaseMillis,
    generationMillis
  ],
  {
    numberOfKeys: ({ generations }) => 2 + generations.length,
    lua: `${now}
local names = {}
for i = 3, #KEYS do
  local name = redis.call("GET", KEYS[i])
  if not name then
    name = ARGV[1]
    redis.call("SET", KEYS[i], name, "PX", ARGV[4])
  end
  names[#names + 1] = name
end
local generations = table.concat(names, ",")
local answer = { string.format("%.0f", now), generations, "0" }
local kept = redis.pcall("HMGET", KEYS[1], "readAt", "generations", "text")
if kept.err then
  redis.call("DEL", KEYS[1])
  kept = {}
end
local readAt = tonumber(kept[1] or nil)
local age = readAt and now - readAt
local readable = age and age >= 0 and kept[2] == generations and kept[3]
if readable then
  answer[4] = string.format("%.0f", age)
  answer[5] = kept[3]
end
if not (readable and age < tonumber(ARGV[2])) and redis.call("SET", KEYS[2], ARGV[1], "NX", "PX", ARGV[3]) then
  answer[3] = "1"
end
return answer
`
  }
).withReturnType<unknown>()

const giveBack = `
if redis.call("GET", KEYS[2]) == ARGV[1] then redis.call("DEL", KEYS[2]) end
`

/**
 * Keeps an answer, unless its generations are past, a newer one is there, or its time is over; commands may wait for a
 * connection for long. Gives the lease back.
 */
export const keep = Redis.script(
  (options: {
    readonly answer: string
    readonly lease: string
    readonly generationKeys: ReadonlyArray<string>
    readonly id: string
    readonly generations: string
    readonly readAt: number
    readonly keepForMillis: number
    readonly text: string
  }) => [
    options.answer,
    options.lease,
    ...options.generationKeys,
    options.id,
    options.generations,
    options.readAt,
    options.keepForMillis,
    options.text
  ],
  {
    numberOfKeys: ({ generationKeys }) => 2 + generationKeys.length,
    lua: `${now}${giveBack}
local names = {}
for i = 3, #KEYS do names[#names + 1] = redis.call("GET", KEYS[i]) or "" end
if table.concat(names, ",") ~= ARGV[2] then return 0 end
local kept = redis.pcall("HMGET", KEYS[1], "readAt", "generations")
local readAt = not kept.err and kept[2] == ARGV[2] and tonumber(kept[1] or nil)
if readAt and readAt <= now and readAt >= tonumber(ARGV[3]) then return 0 end
local left = tonumber(ARGV[4]) - math.max(0, now - tonumber(ARGV[3]))
if left <= 0 then return 0 end
redis.call("DEL", KEYS[1])
redis.call("HSET", KEYS[1], "readAt", ARGV[3], "generations", ARGV[2], "text", ARGV[5])
redis.call("PEXPIRE", KEYS[1], string.format("%.0f", left))
return 1
`
  }
).withReturnType<unknown>()

/** Gives a lease back, if it is still one's own. */
export const giveUp = Redis.script((answer: string, lease: string, id: string) => [answer, lease, id], {
  numberOfKeys: 2,
  lua: giveBack
})

/** Begins new generations of all that has changed, and writes it down for those who follow. */
export const change = Redis.script(
  (options: {
    readonly changes: string
    readonly generations: ReadonlyArray<string>
    readonly id: string
    readonly node: string
    readonly names: string
  }) => [
    options.changes,
    ...options.generations,
    options.id,
    options.node,
    options.names,
    generationMillis,
    mostChanges
  ],
  {
    numberOfKeys: ({ generations }) => 1 + generations.length,
    lua: `
for i = 2, #KEYS do redis.call("SET", KEYS[i], ARGV[1], "PX", ARGV[4]) end
redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[5], "*", "node", ARGV[2], "names", ARGV[3])
redis.call("PEXPIRE", KEYS[1], ARGV[4])
`
  }
)
