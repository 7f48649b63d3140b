/** What the peer counts and measures. */
import { Counter, Gauge, Histogram } from "prom-client"

const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
export const durations = new Histogram({
  name: "http_server_request_duration_seconds",
  help: "Duration of HTTP server requests",
  labelNames: ["method", "route", "status"],
  buckets: boundaries
})
export const active = new Gauge({
  name: "http_server_active_requests",
  help: "Requests in flight",
  labelNames: ["method"]
})
export const calls = new Histogram({
  name: "http_client_request_duration_seconds",
  help: "Duration of HTTP client requests",
  labelNames: ["method", "status"],
  buckets: boundaries
})
export const reads = new Counter({
  name: "cache_requests_total",
  help: "Reads by what the cache could do",
  labelNames: ["result"]
})
export const evictions = new Counter({ name: "cache_evictions_total", help: "Answers that made room for others" })
export const outcomes = new Counter({ name: "calls_total", help: "Calls by outcome", labelNames: ["kind"] })
