/** Rows of which most entries are zero, one after the other: those of row `i` lie from `starts[i]` up to `starts[i + 1]`. */
export interface SparseRows {
  readonly rows: number
  readonly columns: number
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float32Array
}

/** `rows · dense`, where `dense` has `width` numbers for each column of `rows`. */
export const multiply = (rows: SparseRows, dense: Float32Array, width: number): Float32Array => {
  const product = new Float32Array(rows.rows * width)
  for (let row = 0; row < rows.rows; row++) {
    const to = row * width
    const end = rows.starts[row + 1] ?? 0
    for (let at = rows.starts[row] ?? 0; at < end; at++) {
      const from = (rows.indices[at] ?? 0) * width
      const value = rows.values[at] ?? 0
      for (let j = 0; j < width; j++)
        product[to + j] = (product[to + j] as number) + value * (dense[from + j] as number)
    }
  }
  return product
}

/** `rowsᵀ · dense`, where `dense` has `width` numbers for each row of `rows`. */
export const multiplyTransposed = (rows: SparseRows, dense: Float32Array, width: number): Float32Array => {
  const product = new Float32Array(rows.columns * width)
  for (let row = 0; row < rows.rows; row++) {
    const from = row * width
    const end = rows.starts[row + 1] ?? 0
    for (let at = rows.starts[row] ?? 0; at < end; at++) {
      const to = (rows.indices[at] ?? 0) * width
      const value = rows.values[at] ?? 0
      for (let j = 0; j < width; j++)
        product[to + j] = (product[to + j] as number) + value * (dense[from + j] as number)
    }
  }
  return product
}
