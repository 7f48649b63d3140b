/**
 * The gateway beside the same service built on Fastify, undici, cockatiel and OpenTelemetry's own instrumentation: the
 * same upstream, the same answers, driven by turns, tracing off and on in both. Beside them the ceiling: the peer's work behind
 * Effect's `HttpApi`. Then what each of our layers costs.
 *
 * `npm run bench -- gateway [--rounds 7] [--ms 1500] [--connections 64] [--json]`
 */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isDeepStrictEqual, parseArgs } from "node:util"
import { Effect } from "effect"
import { type Figures, figures, type Rounds, ratio, rounds } from "./Compare.ts"
import * as Layers from "./Layers.ts"
import { load } from "./Load.ts"
import { type Program, start } from "./Program.ts"
import { paths } from "./Routes.ts"
import { type Variant, variants } from "./Variants.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "1500" },
    warmup: { type: "string", default: "30000" },
    connections: { type: "string", default: "64" },
    json: { type: "boolean", default: false }
  }
})

const say = (text: string) => {
  if (!values.json) console.log(text)
}

const path = paths["job"] ?? (() => "/")
const options = { path, connections: Number(values.connections), milliseconds: Number(values.ms) }
const ours = "../../../apps/gateway/src/main.ts"

/** An answer without the moment it was given at. */
const answer = async (server: Program, path: string): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  const { asOf, ...rest } = (await response.json()) as { readonly asOf?: string }
  if (response.status !== 200 || asOf === undefined) throw new Error(`${path} answered ${response.status}`)
  return rest
}

const warm = async (
  servers: Readonly<Record<string, Program>>,
  headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {}
) => {
  for (const [name, server] of Object.entries(servers)) {
    for (let sent = 0; sent < Number(values.warmup); ) {
      sent += (await load({ ...options, port: server.port, milliseconds: 1000, headers: headers[name] ?? {} })).requests
    }
  }
}

/** Runs both services in one mode. The peer serves the same contract, so what is compared is the same work. */
const compare = async (endpoint: string | undefined, upstream: Program) => {
  const env = {
    TWS_URL: `http://127.0.0.1:${upstream.port}`,
    TWS_USER: "operator",
    TWS_PASSWORD: "secret",
    RESYNC_DATA_DIR: mkdtempSync(join(tmpdir(), "resync-bench-")),
    // The peer asks nobody who he is. What that costs is told by a variant.
    RESYNC_AUTH: "off",
    ...(endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  }
  const servers = {
    ours: await start({ file: ours, env }),
    peer: await start({ file: "Peer.ts", env }),
    ceiling: await start({ file: "Ceiling.ts", env })
  }
  try {
    const sample = path()
    const expected = await answer(servers.peer, sample)
    for (const [name, server] of Object.entries(servers)) {
      if (!isDeepStrictEqual(await answer(server, sample), expected)) {
        throw new Error(`${name} and the peer answer ${sample} differently`)
      }
    }
    await warm(servers)
    const results = await rounds({ ...options, servers, rounds: Number(values.rounds) })
    const of = (name: keyof typeof servers): Rounds => results.get(name) ?? []
    return { ours: of("ours"), peer: of("peer"), ceiling: of("ceiling") }
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}

/** What a variant of the gateway costs beside the gateway as it is compared with the peer. */
const price = async (variant: Variant, upstream: Program) => {
  const env = () => ({
    TWS_URL: `http://127.0.0.1:${upstream.port}`,
    TWS_USER: "operator",
    TWS_PASSWORD: "secret",
    RESYNC_DATA_DIR: mkdtempSync(join(tmpdir(), "resync-bench-")),
    RESYNC_AUTH: "off"
  })
  const servers = {
    ours: await start({ file: ours, env: env() }),
    variant: await start({ file: ours, env: { ...env(), ...variant.env } })
  }
  try {
    const headers = { variant: await variant.headers(servers.variant) }
    await warm(servers, headers)
    const results = await rounds({ ...options, servers, headers, rounds: Number(values.rounds) })
    const [plain = [], other = []] = [results.get("ours"), results.get("variant")]
    const errors = figures(other).errors
    if (errors > 0) throw new Error(`${errors} requests of a variant were not answered with 200`)
    return { throughput: ratio(other, plain, "perSecond"), cpu: ratio(other, plain, "cpuMicros") }
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}

const line = (name: string, f: Figures) =>
  say(
    `  ${name.padEnd(7)} ${f.perSecond.toFixed(0).padStart(6)} requests/s   p50 ${f.p50.toFixed(2).padStart(6)} ms   ` +
      `p99 ${f.p99.toFixed(2).padStart(6)} ms   ${f.cpuMicros.toFixed(0).padStart(4)} us of processor time`
  )

const report = (title: string, { ceiling, ours, peer }: Awaited<ReturnType<typeof compare>>) => {
  const result = { ours: figures(ours), peer: figures(peer), ceiling: figures(ceiling) }
  say(title)
  for (const [name, figures] of Object.entries(result)) line(name, figures)
  const against = (rounds: Rounds) => ({
    throughput: ratio(rounds, peer, "perSecond"),
    p99: ratio(rounds, peer, "p99")
  })
  const ratios = { ours: against(ours), ceiling: against(ceiling) }
  for (const [name, { p99, throughput }] of Object.entries(ratios)) {
    say(`  ${name} / peer: requests ${throughput.toFixed(2)}, p99 ${p99.toFixed(2)}`)
  }
  say("")
  if (Object.values(result).some(({ errors }) => errors > 0))
    throw new Error("some requests were not answered with 200")
  return { ...result, ratios }
}

const upstream = await start({ file: "Upstream.ts" })
const sink = await start({ file: "OtlpSink.ts" })
const spans = async () => Number(await (await fetch(`http://127.0.0.1:${sink.port}`)).text())
try {
  say(`${values.connections} connections, ${values.rounds} rounds of ${values.ms} ms each, by turns\n`)
  const plain = report("tracing off", await compare(undefined, upstream))
  const traced = report("tracing on", await compare(`http://127.0.0.1:${sink.port}`, upstream))
  const exported = await spans()
  const tooDear: Array<string> = []
  const prices: Record<string, Awaited<ReturnType<typeof price>>> = {}
  for (const [name, variant] of Object.entries(variants)) {
    const found = await price(variant, upstream)
    prices[name] = found
    say(`${name}: requests ${found.throughput.toFixed(2)} of those without, processor time ${found.cpu.toFixed(2)}\n`)
    if (found.throughput < 1 - variant.budget) tooDear.push(`${name} costs more than ${variant.budget * 100} %`)
  }
  const layers = await Effect.runPromise(Layers.measure(`http://127.0.0.1:${upstream.port}`))
  say("what our layers cost by themselves, in microseconds of processor time per request")
  for (const [name, micros] of Object.entries(layers)) say(`  ${micros.toFixed(1).padStart(6)}  ${name}`)
  say(`spans exported by all: ${exported}`)
  const ratios = (name: "ours" | "ceiling") => ({
    throughputPlain: plain.ratios[name].throughput,
    throughputTraced: traced.ratios[name].throughput,
    p99Plain: plain.ratios[name].p99,
    p99Traced: traced.ratios[name].p99
  })
  if (values.json) {
    console.log(
      JSON.stringify({
        ratios: ratios("ours"),
        ceiling: ratios("ceiling"),
        plain: { ours: plain.ours, peer: plain.peer, ceiling: plain.ceiling },
        traced: { ours: traced.ours, peer: traced.peer, ceiling: traced.ceiling },
        variants: prices,
        layers,
        spans: exported,
        connections: Number(values.connections),
        rounds: Number(values.rounds)
      })
    )
  }
  for (const one of tooDear) console.error(one)
  if (tooDear.length > 0) process.exitCode = 1
} finally {
  await sink.stop()
  await upstream.stop()
}
