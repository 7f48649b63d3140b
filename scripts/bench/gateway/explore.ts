/**
 * Compares any programs, to find out what an ingredient costs:
 * `node scripts/bench/gateway/explore.ts [--traced] [--path job|jobs|bare] [--rounds 6] [--ms 1200] [--warmup 8000] name=file[?ENV=value&…] …`
 * The first program is what the others are compared with.
 */
import { spawnSync } from "node:child_process"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { figures, ratio, rounds } from "./Compare.ts"
import { load } from "./Load.ts"
import { type Program, start } from "./Program.ts"
import { paths } from "./Routes.ts"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    traced: { type: "boolean", default: false },
    path: { type: "string", default: "job" },
    rounds: { type: "string", default: "6" },
    /** On Linux: the servers get the last processor for themselves, everything else the first. */
    pin: { type: "boolean", default: false },
    ms: { type: "string", default: "1200" },
    warmup: { type: "string", default: "8000" },
    connections: { type: "string", default: "64" }
  }
})
const path = paths[values.path]
if (path === undefined) throw new Error(`no path ${values.path}`)

const pin = (pid: number, processor: number) => {
  if (values.pin) spawnSync("taskset", ["-acp", String(processor), String(pid)])
}
pin(process.pid, 0)

const upstream = await start({ file: "Upstream.ts" })
const sink = await start({ file: "OtlpSink.ts" })
const servers: Record<string, Program> = {}
try {
  for (const argument of positionals) {
    const [name = "", target = ""] = argument.split(/=(.*)/s)
    const [file = "", query] = target.split("?")
    servers[name] = await start({
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
    pin(servers[name].pid, cpus().length - 1)
  }
  const options = { path, connections: Number(values.connections), milliseconds: Number(values.ms) }
  for (const server of Object.values(servers))
    await load({ ...options, port: server.port, milliseconds: Number(values.warmup) })
  const results = await rounds({ ...options, servers, rounds: Number(values.rounds) })
  const [first] = results.values()
  for (const [name, list] of results) {
    const f = figures(list)
    console.log(
      `${name.padEnd(16)} ${f.perSecond.toFixed(0).padStart(6)}/s  p50 ${f.p50.toFixed(2)}  p99 ${f.p99.toFixed(2)} ms  ` +
        `cpu ${f.cpuMicros.toFixed(1)} us (best ${f.bestCpuMicros.toFixed(1)})  errors ${f.errors}  | vs first: req ${ratio(list, first ?? [], "perSecond").toFixed(3)}` +
        `  p99 ${ratio(list, first ?? [], "p99").toFixed(3)}  cpu ${ratio(list, first ?? [], "cpuMicros").toFixed(3)}`
    )
  }
  if (values.traced) console.log(`spans ${await (await fetch(`http://127.0.0.1:${sink.port}`)).text()}`)
} finally {
  for (const server of Object.values(servers)) await server.stop()
  await sink.stop()
  await upstream.stop()
}
