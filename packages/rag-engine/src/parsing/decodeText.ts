/** The character set that an HTML page or an XML declaration names near its beginning. */
const declared = (bytes: Uint8Array): string | undefined =>
  /(?:charset|encoding)\s*=\s*["']?([\w-]+)/i.exec(Buffer.from(bytes.subarray(0, 1024)).toString("latin1"))?.[1]

const marks: ReadonlyArray<readonly [label: string, bytes: ReadonlyArray<number>]> = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]]
]

const decoder = (label: string, fatal: boolean) => {
  try {
    return new TextDecoder(label, { fatal })
  } catch {
    return undefined
  }
}

/**
 * Text from bytes: by its byte order mark, as UTF-8 when it is valid, by the character set it names, and otherwise as
 * Windows-1252, the set of older manuals in English and Portuguese. Line ends become `\n`.
 */
export const decodeText = (bytes: Uint8Array): string => {
  const mark = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte))?.[0]
  const text = mark === undefined ? (utf8(bytes) ?? legacy(bytes)) : new TextDecoder(mark).decode(bytes)
  return text.replaceAll(/\r\n?/g, "\n")
}

const utf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder("utf-8", true)?.decode(bytes)
  } catch {
    return undefined
  }
}

const legacy = (bytes: Uint8Array): string => {
  const label = declared(bytes)
  const named = label === undefined || /^utf-?8$/i.test(label) ? undefined : decoder(label, false)
  return (named ?? new TextDecoder("windows-1252")).decode(bytes)
}
