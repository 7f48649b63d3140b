import { Effect } from "effect"
import readExcelFile from "read-excel-file/node"
import { DocumentText } from "../DocumentText.ts"
import { corrupt } from "../DocumentUnreadable.ts"

const cell = (value: unknown): string =>
  value === null || value === undefined ? "" : value instanceof Date ? value.toISOString() : String(value)

/** Spreadsheets: a section for each sheet, with its rows as a table under the first row that is not empty. */
export const parseXlsx = (bytes: Uint8Array) =>
  Effect.tryPromise({
    try: () => readExcelFile(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    catch: (cause) => corrupt("spreadsheet", cause)
  }).pipe(
    Effect.map((sheets) => {
      const text = new DocumentText()
      for (const { sheet, data } of sheets) {
        text.heading(2, sheet)
        text.table(data.map((row) => row.map(cell)))
      }
      return text.finish("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    })
  )
