/**
 * Loaded before a program under test: tells its parent, over the IPC channel, how much processor time it has used, and
 * takes a CPU profile, or one of what is allocated, between two messages.
 */
import { Session } from "node:inspector/promises"

const session = new Session()

const answers: Readonly<Record<string, () => Promise<object> | object>> = {
  usage: () => {
    const { user, system } = process.cpuUsage()
    return { cpuMicros: user + system, rss: process.memoryUsage.rss() }
  },
  profile: async () => {
    session.connect()
    await session.post("Profiler.enable")
    await session.post("Profiler.setSamplingInterval", { interval: 200 })
    await session.post("Profiler.start")
    return {}
  },
  profiled: async () => {
    const { profile } = await session.post("Profiler.stop")
    session.disconnect()
    return profile
  },
  heap: async () => {
    session.connect()
    await session.post("HeapProfiler.enable")
    await session.post("HeapProfiler.startSampling", {
      samplingInterval: 65536,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true
    })
    return {}
  },
  heaped: async () => {
    const { profile } = await session.post("HeapProfiler.stopSampling")
    session.disconnect()
    return profile
  }
}

process.on("message", async (message) => {
  const answer = answers[String(message)]
  if (answer !== undefined) process.send?.(await answer())
})
process.channel?.unref()
