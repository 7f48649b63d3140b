/** Tells a test that will not end from one that is slow. */
import { performance } from "node:perf_hooks"

const interval = 25
const idleMillis = 300
const leastBusyMillis = 250

/** The test will not end: it waits for what never comes, or computes without end. */
export class Endless extends Error {}

export interface Watch {
  /** Fails as soon as it is plain that the test will not end. */
  readonly fails: Promise<never>
  /** Ends the watch and answers how long the test computed, in milliseconds. */
  readonly stop: () => number
}

/**
 * Watches a test that is known to compute so many milliseconds, if it is known. Time in the tests is virtual, so one that leaves the
 * event loop idle for long waits for what never comes; one that computes many times longer than it should will go on. Both are
 * measured in what the test had of the machine, so that a busy machine fails nothing.
 */
export const watch = (known: number | undefined): Watch => {
  const busyMillis = known === undefined ? Number.POSITIVE_INFINITY : Math.max(leastBusyMillis, 8 * known)
  const loop = performance.eventLoopUtilization()
  const cpu = process.cpuUsage()
  const computed = () => {
    const { system, user } = process.cpuUsage(cpu)
    return (user + system) / 1_000
  }
  let timer: NodeJS.Timeout
  const fails = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const idle = performance.eventLoopUtilization(loop).idle > idleMillis
      if (!idle && computed() < busyMillis) return
      clearInterval(timer)
      reject(new Endless(idle ? "The test waits for what never comes" : "The test computes without end"))
    }, interval)
  })
  return {
    fails,
    stop: () => {
      clearInterval(timer)
      return computed()
    }
  }
}
