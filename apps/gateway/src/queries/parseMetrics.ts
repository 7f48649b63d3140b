import type { PerformanceSample } from "@resync/api/SchedulerStatus"

const line = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/
const label = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g

const unescaped = (text: string) => text.replaceAll(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character))

/** The figures in Prometheus's text format. Comments, and lines that are none of it, tell nothing. */
export const parseMetrics = (text: string): ReadonlyArray<PerformanceSample> =>
  text.split("\n").flatMap((written) => {
    const [, name, labels = "", value] = line.exec(written.trim()) ?? []
    const number = Number(value)
    if (name === undefined || value === undefined || !Number.isFinite(number)) return []
    return [
      {
        name,
        labels: Object.fromEntries([...labels.matchAll(label)].map(([, key, raw]) => [key, unescaped(raw ?? "")])),
        value: number
      }
    ]
  })
