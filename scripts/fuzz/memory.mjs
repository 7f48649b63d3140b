// Loaded into the service under test: tells its memory after a collection, when asked.
process.on("message", () => {
  globalThis.gc()
  const { heapUsed, rss } = process.memoryUsage()
  process.send({ heapUsed, rss })
})
process.channel?.unref()
