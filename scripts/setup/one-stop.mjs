// Loaded before a service: one request to stop is one signal. Ctrl-C in a terminal reaches each process of the group,
// and npm and resync.mjs pass it on besides; a supervisor may do the same. Copies that arrive together count once, a
// second request later counts again, so that a service can end at once when it is asked twice.
const together = 500
const stops = new Set(["SIGINT", "SIGTERM", "SIGHUP"])
const emit = process.emit
let last = Number.NEGATIVE_INFINITY

process.emit = function (event, ...args) {
  if (stops.has(event)) {
    const now = performance.now()
    if (now - last < together) return true
    last = now
  }
  return emit.call(this, event, ...args)
}
