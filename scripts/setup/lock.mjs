// A lock between processes that survives the death of its holder at any moment.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const heartbeatMillis = 5_000
const deadAfterMillis = 30_000
const patienceMillis = 15 * 60_000
const free = "free"

const alive = (pid) => {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

/** Held while a process named in the file lives and the file is fresh; an empty file is just being written. */
const held = (file) => {
  try {
    const text = readFileSync(file, "utf8")
    if (text === free || Date.now() - statSync(file).mtimeMs > deadAfterMillis) return false
    return text === "" || text.split(" ").map(Number).some(alive)
  } catch {
    return false
  }
}

const generations = (folder) =>
  readdirSync(folder)
    .map(Number)
    .filter((generation) => generation > 0)

/**
 * Runs `work` while no other process does, waiting for its turn.
 *
 * Each holder creates a file of the next number, and only the highest number counts. A free or dead lock is taken by
 * creating the number after it, which just one process can do, so no live lock is ever removed by a late contender.
 * `work` is given a function to name a child that keeps the lock held even if this process is killed before it.
 */
export const exclusively = async (folder, work) => {
  mkdirSync(folder, { recursive: true })
  const file = (generation) => path.join(folder, String(generation))
  const giveUpAt = Date.now() + patienceMillis
  let own = 0
  while (own === 0) {
    const top = Math.max(0, ...generations(folder))
    if (held(file(top))) {
      if (Date.now() > giveUpAt) throw new Error(`another set-up does not end; if none runs, delete ${folder}`)
      await sleep(200)
      continue
    }
    try {
      writeFileSync(file(top + 1), String(process.pid), { flag: "wx" })
    } catch (error) {
      if (error.code !== "EEXIST") throw error
      continue
    }
    if (Math.max(...generations(folder)) > top + 1) rmSync(file(top + 1), { force: true })
    else own = top + 1
  }
  for (const old of generations(folder)) if (old < own) rmSync(file(old), { force: true })
  const heartbeat = setInterval(() => utimesSync(file(own), new Date(), new Date()), heartbeatMillis)
  try {
    return await work((child) => writeFileSync(file(own), `${process.pid} ${child}`))
  } finally {
    clearInterval(heartbeat)
    writeFileSync(file(own), free)
  }
}
