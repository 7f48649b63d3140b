import { eigen, gram, orthonormalize } from "./denseMatrix.ts"
import { multiply, multiplyTransposed, type SparseRows } from "./SparseRows.ts"

/** A stream of normally distributed numbers that is the same for the same seed. */
const gaussian = (seed: number) => {
  let state = seed | 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

export interface TruncatedSvdOptions {
  readonly dimensions: number
  /** More directions than are wanted make those that are wanted more exact. Default: 16. */
  readonly oversampling?: number
  /** Rounds of power iteration. Default: 3. */
  readonly iterations?: number
  readonly seed?: number
}

/**
 * The greatest singular values of a matrix and their right singular vectors, `dimensions` numbers for each column of it, by
 * a randomized range finder with power iterations. The same input gives the same output.
 */
export const truncatedSvd = (
  rows: SparseRows,
  options: TruncatedSvdOptions
): { readonly dimensions: number; readonly singular: Float64Array; readonly right: Float32Array } => {
  const most = Math.min(rows.rows, rows.columns)
  const width = Math.min(options.dimensions + (options.oversampling ?? 16), most)
  const dimensions = Math.min(options.dimensions, width)
  const random = gaussian(options.seed ?? 1)
  let basis = new Float32Array(rows.columns * width)
  for (let i = 0; i < basis.length; i++) basis[i] = random()
  for (let round = 0; round < (options.iterations ?? 3); round++) {
    basis = multiplyTransposed(rows, multiply(rows, basis, width), width) as Float32Array<ArrayBuffer>
    orthonormalize(basis, width)
  }
  const { values, vectors } = eigen(gram(multiply(rows, basis, width), width), width)
  const right = new Float32Array(rows.columns * dimensions)
  for (let column = 0; column < rows.columns; column++) {
    for (let j = 0; j < dimensions; j++) {
      let sum = 0
      for (let k = 0; k < width; k++) {
        sum += (basis[column * width + k] as number) * (vectors[k * width + j] as number)
      }
      right[column * dimensions + j] = sum
    }
  }
  return { dimensions, singular: values.slice(0, dimensions).map((value) => Math.sqrt(Math.max(0, value))), right }
}
