import type { Duration } from "effect"

/** What reading one document may cost. */
export interface ParseLimits {
  /** Pages of a PDF. Default: 5,000. */
  readonly maxPages: number
  /** Bytes that the parts of a DOCX or XLSX file may have unpacked. Default: 500,000,000. */
  readonly maxUnpackedBytes: number
  /** How many times larger than the file its parts may be unpacked. Default: 200. */
  readonly maxRatio: number
}

export const defaultLimits: ParseLimits = { maxPages: 5_000, maxUnpackedBytes: 500_000_000, maxRatio: 200 }

export interface DocumentParserOptions extends Partial<ParseLimits> {
  /** Documents that are read at the same time, each in a process of its own. Default: 2. */
  readonly processes?: number
  /** Time for one document. Default: 2 minutes. */
  readonly timeout?: Duration.Input
  /** Heap of such a process, in MiB. Default: 512. */
  readonly memory?: number
}
