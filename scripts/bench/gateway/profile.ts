/**
 * Where one of the programs spends its processor time under load, as text: self time per module and per function, in
 * microseconds per request.
 * `node scripts/bench/gateway/profile.ts [--traced] [--path job|jobs|bare] [--ms 4000] [--functions 40] file[?ENV=value&…]`
 */
import type { Profiler } from "node:inspector"
import { parseArgs } from "node:util"
import { load } from "./Load.ts"
import { start } from "./Program.ts"
import { paths } from "./Routes.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    traced: { type: "boolean", default: false },
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

const summarise = (profile: Profiler.Profile, requests: number, functions: number) => {
  const interval = (profile.endTime - profile.startTime) / (profile.samples?.length ?? 1)
  const modules = new Map<string, number>()
  const places = new Map<string, number>()
  const add = (to: Map<string, number>, key: string, value: number) => to.set(key, (to.get(key) ?? 0) + value)
  let busy = 0
  for (const node of profile.nodes) {
    const { url, functionName, lineNumber } = node.callFrame
    const micros = ((node.hitCount ?? 0) * interval) / requests
    const module = moduleOf(url, functionName)
    if (module === "(idle)" || micros === 0) continue
    busy += micros
    add(modules, module, micros)
    add(places, `${functionName === "" ? "(anonymous)" : functionName}  ${module}:${lineNumber + 1}`, micros)
  }
  const table = (of: Map<string, number>, most: number) =>
    [...of]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(
        ([key, micros]) =>
          `${micros.toFixed(1).padStart(8)} us ${((micros / busy) * 100).toFixed(1).padStart(5)} %  ${key}`
      )
      .join("\n")
  return `busy ${busy.toFixed(1)} us per request\n\nself time per module\n${table(modules, 40)}\n\nself time per function\n${table(places, functions)}`
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
  const profile = await server.profile(async () => {
    requests = (await load({ ...options, milliseconds: Number(values.ms) })).requests
  })
  console.log(`${positionals[0]} ${values.path}${values.traced ? " traced" : ""}: ${requests} requests`)
  console.log(summarise(profile, requests, Number(values.functions)))
} finally {
  await server.stop()
  await sink.stop()
  await upstream.stop()
}
