import type { Metric } from "effect"

/** The two text formats of a scrape. They differ in counters' family names, in `# EOF` and in `# UNIT`. */
export type Format = "prometheus" | "openmetrics"

type Snapshot = Metric.Metric.Snapshot
type Type = "counter" | "gauge" | "histogram" | "summary"

interface Family {
  readonly name: string
  readonly type: Type
  readonly unit: string | undefined
  help: string | undefined
  readonly lines: Array<string>
  readonly series: Set<string>
}

/** The base units that names of Prometheus end in, by unit of OpenTelemetry (UCUM) or of Effect. */
const units: Readonly<Record<string, string>> = {
  s: "seconds",
  seconds: "seconds",
  ms: "milliseconds",
  milliseconds: "milliseconds",
  By: "bytes",
  bytes: "bytes",
  "%": "percent"
}

const metricName = (id: string): string => {
  const name = id
    .replace(/[^a-zA-Z0-9_:]+/g, "_")
    .replace(/_{2,}/g, "_")
    .replace(/^_|_$/g, "")
  return /^[a-zA-Z_:]/.test(name) ? name : `_${name}`
}

const labelName = (key: string): string => {
  // Names that start with two underscores belong to Prometheus.
  const name = key.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^_{2,}/, "_")
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

const escapeHelp = (text: string, format: Format): string =>
  format === "openmetrics" ? escapeLabel(text) : text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const number = (value: number | bigint): string =>
  value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value)

/** OpenMetrics wants boundaries and quantiles as floats: `1.0`, not `1`. */
const boundary = (value: number, format: Format): string =>
  format === "openmetrics" && Number.isInteger(value) ? `${value}.0` : number(value)

/** Labels in the order of their names. Keys that fall together once made valid are joined by `;`, as OpenTelemetry does. */
const labelsOf = (attributes: Metric.Metric.AttributeSet | undefined): Array<[string, string]> => {
  const labels = new Map<string, string>()
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "unit" || key === "time_unit") continue
    const name = labelName(key)
    const other = labels.get(name)
    labels.set(name, other === undefined ? String(value) : `${other};${value}`)
  }
  return [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
}

const labelText = (labels: ReadonlyArray<readonly [string, string]>): string =>
  labels.length === 0 ? "" : `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",")}}`

const typeOf = (snapshot: Snapshot): Type => {
  switch (snapshot.type) {
    case "Counter":
      // A counter that may go down is a gauge to Prometheus, unless its name says otherwise.
      return snapshot.state.incremental || snapshot.id.endsWith("_total") ? "counter" : "gauge"
    case "Frequency":
      return "counter"
    case "Gauge":
      return "gauge"
    case "Histogram":
      return "histogram"
    case "Summary":
      return "summary"
  }
}

const withSuffix = (name: string, suffix: string | undefined): string =>
  suffix === undefined || name.endsWith(`_${suffix}`) || name.includes(`_${suffix}_`) ? name : `${name}_${suffix}`

/** The name of a family: made valid, with its unit, and for a counter without `_total`, which its samples have. */
const familyOf = (snapshot: Snapshot): { readonly name: string; readonly unit: string | undefined } => {
  const given = snapshot.attributes?.["unit"] ?? snapshot.attributes?.["time_unit"]
  const ratio = given === "1" && snapshot.type === "Gauge" ? "ratio" : undefined
  const unit = given === undefined ? undefined : (units[given] ?? ratio)
  const name = withSuffix(metricName(snapshot.id).replace(/_total$/, ""), unit)
  return { name, unit: unit !== undefined && name.endsWith(`_${unit}`) ? unit : undefined }
}

const sampleLines = (name: string, snapshot: Snapshot, type: Type, format: Format): Array<string> => {
  const labels = labelsOf(snapshot.attributes)
  const line = (suffix: string, value: number | bigint, extra?: readonly [string, string]) =>
    `${name}${suffix}${labelText(extra === undefined ? labels : [...labels, extra])} ${number(value)}`
  switch (snapshot.type) {
    case "Counter":
      return [line(type === "counter" ? "_total" : "", snapshot.state.count)]
    case "Gauge":
      return [line("", snapshot.state.value)]
    case "Frequency":
      return [...snapshot.state.occurrences].map(([key, count]) => line("_total", count, ["key", key]))
    case "Histogram":
      return [
        ...snapshot.state.buckets
          .filter(([le]) => le !== Number.POSITIVE_INFINITY)
          .map(([le, count]) => line("_bucket", count, ["le", boundary(le, format)])),
        line("_bucket", snapshot.state.count, ["le", "+Inf"]),
        line("_sum", snapshot.state.sum),
        line("_count", snapshot.state.count)
      ]
    case "Summary":
      return [
        ...snapshot.state.quantiles.flatMap(([quantile, value]) =>
          value === undefined ? [] : [line("", value, ["quantile", boundary(quantile, format)])]
        ),
        line("_sum", snapshot.state.sum),
        line("_count", snapshot.state.count)
      ]
  }
}

/**
 * Writes a snapshot in a text format of Prometheus. Samples of a family stand together under one `HELP` and one `TYPE`;
 * of two metrics that claim one name with different types the first is kept, and so is the first of two equal series.
 */
export const format = (snapshots: ReadonlyArray<Snapshot>, format: Format): string => {
  const families = new Map<string, Family>()
  for (const snapshot of snapshots) {
    const { name, unit } = familyOf(snapshot)
    const type = typeOf(snapshot)
    const family = families.get(name) ?? { name, type, unit, help: undefined, lines: [], series: new Set() }
    families.set(name, family)
    const key = labelText(labelsOf(snapshot.attributes))
    if (family.type !== type || family.series.has(key)) continue
    family.series.add(key)
    family.help ??= snapshot.description
    family.lines.push(...sampleLines(name, snapshot, type, format))
  }
  let out = ""
  for (const family of families.values()) {
    if (family.lines.length === 0) continue
    const name = format === "prometheus" && family.type === "counter" ? `${family.name}_total` : family.name
    out += `# HELP ${name} ${escapeHelp(family.help ?? family.name, format)}\n# TYPE ${name} ${family.type}\n`
    if (format === "openmetrics" && family.unit !== undefined) out += `# UNIT ${name} ${family.unit}\n`
    out += `${family.lines.join("\n")}\n`
  }
  return format === "openmetrics" ? `${out}# EOF\n` : out
}
