/**
 * Where one of the programs spends its processor time under load, as text: self time per module and per function, in
 * microseconds per request; with `--heap`, where it allocates, in bytes per request.
 * `node scripts/bench/gateway/profile.ts [--traced] [--heap] [--path job|jobs|bare] [--ms 4000] [--functions 40] file[?ENV=value&…]`
 */
import type { HeapProfiler, Profiler } from "node:inspector"
import { parseArgs } from "node:util"
import { load } from "./Load.ts"
import { start } from "./Program.ts"
import { paths } from "./Routes.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    traced: { type: "boolean", default: false },
    heap: { type: "boolean", default: false },
    path: { type: "string", default: "job" },
    ms: { type: "string", default: "4000" },
    functions: { type: "string", default: "40" }
  }
})

/** The name under which a script's time is summed up. */
const moduleOf = (url: string, name: string): string => {
  if (url === "") return name === "(garbage collector)" || name === "(program)" || name === "(idle)" ? name : "(native)"
  if (url.startsWith("node:")) {
    const builtin = url.replace("node:internal/", "node:").split("/")[0] ?? url
    return builtin
  }
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url)
  if (dependency === null) return url.replace(/.*\/(scripts|packages|apps)\//, "$1/")
  const [, name_ = "", file = ""] = dependency
  return name_ === "effect" || name_.startsWith("@effect/")
    ? `${name_}/${file.replace(/^(dist|src)\//, "").replace(/\.[jt]s$/, "")}`
    : name_
}

/** A place in the code and what was spent there per request. */
type Spent = readonly [frame: Frame, amount: number]
interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

const spentTime = (profile: Profiler.Profile, requests: number): ReadonlyArray<Spent> => {
  const interval = (profile.endTime - profile.startTime) / (profile.samples?.length ?? 1)
  return profile.nodes.map(({ callFrame, hitCount = 0 }) => [callFrame, (hitCount * interval) / requests])
}

const spentBytes = ({ head }: HeapProfiler.SamplingHeapProfile, requests: number): ReadonlyArray<Spent> => {
  const places: Array<Spent> = []
  const walk = ({ callFrame, children, selfSize }: HeapProfiler.SamplingHeapProfileNode): void => {
    places.push([callFrame, selfSize / requests])
    children.forEach(walk)
  }
  walk(head)
  return places
}

const summarise = (spent: ReadonlyArray<Spent>, unit: string, functions: number) => {
  const modules = new Map<string, number>()
  const places = new Map<string, number>()
  const add = (to: Map<string, number>, key: string, value: number) => to.set(key, (to.get(key) ?? 0) + value)
  let total = 0
  for (const [{ functionName, lineNumber, url }, amount] of spent) {
    const module = moduleOf(url, functionName)
    if (module === "(idle)" || amount === 0) continue
    total += amount
    add(modules, module, amount)
    add(places, `${functionName === "" ? "(anonymous)" : functionName}  ${module}:${lineNumber + 1}`, amount)
  }
  const table = (of: Map<string, number>, most: number) =>
    [...of]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(
        ([key, amount]) =>
          `${amount.toFixed(1).padStart(8)} ${unit} ${((amount / total) * 100).toFixed(1).padStart(5)} %  ${key}`
      )
      .join("\n")
  return `${total.toFixed(1)} ${unit} per request\n\nper module\n${table(modules, 40)}\n\nper function\n${table(places, functions)}`
}

const path = paths[values.path]
if (path === undefined) throw new Error(`no path ${values.path}`)
const [file = "", query] = (positionals[0] ?? "").split("?")
const upstream = await start({ file: "Upstream.ts" })
const sink = await start({ file: "OtlpSink.ts" })
const server = await start({
  file,
  env: {
    TWS_USER: "operator",
    TWS_PASSWORD: "secret",
    RESYNC_AUTH: "off",
    TWS_URL: `http://127.0.0.1:${upstream.port}`,
    ...(values.traced ? { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}` } : {}),
    ...Object.fromEntries(new URLSearchParams(query))
  }
})
try {
  const options = { port: server.port, path, connections: 64 }
  await load({ ...options, milliseconds: 5000 })
  let requests = 0
  const work = async () => {
    requests = (await load({ ...options, milliseconds: Number(values.ms) })).requests
  }
  const functions = Number(values.functions)
  const spent = values.heap
    ? summarise(spentBytes(await server.allocations(work), requests), "B", functions)
    : summarise(spentTime(await server.profile(work), requests), "us", functions)
  console.log(`${positionals[0]} ${values.path}${values.traced ? " traced" : ""}: ${requests} requests`)
  console.log(spent)
} finally {
  await server.stop()
  await sink.stop()
  await upstream.stop()
}
