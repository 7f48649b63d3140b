/** A space of meanings fitted to a collection: terms that stand in like passages point in like directions. */
export interface LsaModel {
  readonly dimensions: number
  /** Ids of the terms that the space knows, ascending; their weights, and where each points. */
  readonly terms: Int32Array
  readonly weights: Float32Array
  readonly directions: Float32Array
}

/** Where a term stands among the terms of the model, or -1. */
const find = (terms: Int32Array, term: number): number => {
  let low = 0
  let high = terms.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = terms[middle] as number
    if (found === term) return middle
    if (found < term) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** How much an occurrence counts: the tenth says less than the first. */
export const dampened = (count: number): number => 1 + Math.log(Math.max(1, count))

/**
 * Where a text lies in the space, as a vector of length 1, from its terms and how often each stands there. `known` is the
 * share of it that the space knows, by occurrences; nothing known gives undefined.
 */
export const project = (
  model: LsaModel,
  terms: ArrayLike<number>,
  counts: ArrayLike<number>
): { readonly vector: Float32Array; readonly known: number } | undefined => {
  const { dimensions, directions } = model
  const vector = new Float32Array(dimensions)
  let known = 0
  let all = 0
  for (let i = 0; i < terms.length; i++) {
    const count = counts[i] as number
    all += count
    const column = find(model.terms, terms[i] as number)
    if (column === -1) continue
    known += count
    const value = dampened(count) * (model.weights[column] as number)
    const from = column * dimensions
    for (let j = 0; j < dimensions; j++) vector[j] = (vector[j] as number) + value * (directions[from + j] as number)
  }
  const norm = Math.hypot(...vector)
  if (!(norm > 0)) return undefined
  for (let j = 0; j < dimensions; j++) vector[j] = (vector[j] as number) / norm
  return { vector, known: known / all }
}

/**
 * A model as bytes: dimensions and number of terms, then ids, weights and directions, as this machine keeps numbers. All
 * machines that Node runs on keep them with the low byte first.
 */
export const encodeModel = ({ dimensions, directions, terms, weights }: LsaModel): Uint8Array => {
  const bytes = new Uint8Array(8 + terms.byteLength + weights.byteLength + directions.byteLength)
  bytes.set(new Uint8Array(Uint32Array.of(dimensions, terms.length).buffer))
  let at = 8
  for (const part of [terms, weights, directions]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  return bytes
}

/** The model that was written down. */
export const decodeModel = (bytes: Uint8Array): LsaModel => {
  // Numbers have to lie at multiples of four.
  const { buffer, byteOffset: at } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const [dimensions = 0, count = 0] = new Uint32Array(buffer, at, 2)
  return {
    dimensions,
    terms: new Int32Array(buffer, at + 8, count),
    weights: new Float32Array(buffer, at + 8 + 4 * count, count),
    directions: new Float32Array(buffer, at + 8 + 8 * count, count * dimensions)
  }
}
