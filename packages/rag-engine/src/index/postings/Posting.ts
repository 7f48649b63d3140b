/** A term in a passage: how often it stands in each part of it, and how long the passage is. All that BM25 asks for. */
export interface Posting {
  readonly passage: number
  readonly body: number
  readonly title: number
  readonly heading: number
  readonly length: number
}

/**
 * The bytes of a posting, big-endian as PostgreSQL writes numbers: four for the passage, two for the body, one for the title,
 * one for the headings, two for the length.
 */
export const postingSize = 10

/** The most that is counted; a passage never says a word that often, a table of numbers might. */
const most = { body: 32_767, title: 255, length: 32_767 }

/** Postings one after the other. */
export const encodePostings = (postings: ReadonlyArray<Posting>): Uint8Array => {
  const bytes = new Uint8Array(postings.length * postingSize)
  const view = new DataView(bytes.buffer)
  postings.forEach(({ body, heading, length, passage, title }, i) => {
    const at = i * postingSize
    view.setInt32(at, passage)
    view.setInt16(at + 4, Math.min(body, most.body))
    view.setUint8(at + 6, Math.min(title, most.title))
    view.setUint8(at + 7, Math.min(heading, most.title))
    view.setInt16(at + 8, Math.min(length, most.length))
  })
  return bytes
}

/** What is left of postings without those of some passages. */
export const withoutPassages = (postings: Uint8Array, passages: ReadonlySet<number>): Uint8Array => {
  const view = new DataView(postings.buffer, postings.byteOffset, postings.byteLength)
  const kept = new Uint8Array(postings.length)
  let length = 0
  for (let at = 0; at < postings.length; at += postingSize) {
    if (passages.has(view.getInt32(at))) continue
    for (let i = at; i < at + postingSize; i++) kept[length++] = postings[i] ?? 0
  }
  return kept.subarray(0, length)
}
