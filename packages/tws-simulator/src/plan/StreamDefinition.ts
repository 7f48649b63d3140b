import { type Blueprint, finalPostReports, finalStream, minute } from "./Blueprint.ts"
import { hash, Subject } from "./Hash.ts"

/** The business areas; each has a folder of its own under /PROD. */
export const areas = ["FIN", "HR", "CRM", "DWH", "WEB", "ERP", "BIL", "RSK", "LOG", "MKT"] as const

const topics = ["LEDGER", "PAYRL", "STOCK", "ORDERS", "CLAIMS", "RATES", "PRICES", "FEEDS", "INVOIC", "CUSTMR"] as const

export const areaOf = (blueprint: Blueprint, stream: number): string =>
  areas[hash(blueprint.seed, Subject.area, stream) % areas.length] ?? "FIN"

export const topicOf = (blueprint: Blueprint, stream: number): string =>
  topics[hash(blueprint.seed, Subject.topic, stream) % topics.length] ?? "LEDGER"

/** The name of a stream, unique and at most 16 characters long as the scheduler demands. */
export const streamName = (blueprint: Blueprint, stream: number): string => {
  if (stream === finalStream) return "FINAL"
  if (stream === finalPostReports) return "FINALPOSTREPORTS"
  return `${areaOf(blueprint, stream)}${topicOf(blueprint, stream)}${String(stream).padStart(4, "0")}`
}

export const folderOfStream = (blueprint: Blueprint, stream: number): string =>
  stream <= finalPostReports ? "/" : `/PROD/${areaOf(blueprint, stream)}`

/** How many jobs of the stream may run at a time, -1 for any number. */
export const streamLimit = (stream: number): number => (stream % 25 === 7 ? 1 : -1)

/** Streams whose unfinished work goes into the next day's plan. */
export const isCarriedForward = (stream: number): boolean => stream % 5 !== 0 || stream === finalStream

/** True when the stream waits for an answer before it starts. */
export const hasPrompt = (stream: number): boolean => stream > finalPostReports && stream % 40 === 3

/** True when the stream waits for a file. */
export const hasFile = (stream: number): boolean => stream > finalPostReports && stream % 15 === 4

/** How long after the stream is due its file comes, in milliseconds; `Infinity` when it does not come at all. */
export const fileDelay = (seed: number, stream: number, epoch: number): number => {
  const chance = hash(seed, Subject.file, stream, epoch) % 100
  if (chance < 60) return 0
  if (chance < 95) return (chance - 50) * minute
  return Number.POSITIVE_INFINITY
}
