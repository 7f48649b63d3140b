/** Small dense matrices, row after row. Sums are kept in double precision. */

/** `aᵀ · a` of a matrix with `width` columns. */
export const gram = (a: Float32Array, width: number): Float64Array => {
  const product = new Float64Array(width * width)
  for (let from = 0; from < a.length; from += width) {
    for (let i = 0; i < width; i++) {
      const value = a[from + i] as number
      if (value === 0) continue
      const to = i * width
      for (let j = i; j < width; j++) product[to + j] = (product[to + j] as number) + value * (a[from + j] as number)
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) product[i * width + j] = product[j * width + i] as number
  }
  return product
}

/** The lower triangle `l` with `l · lᵀ = a`. A little is added to the diagonal, so that dependent columns do no harm. */
const cholesky = (a: Float64Array, width: number): Float64Array => {
  const l = new Float64Array(a)
  let trace = 0
  for (let i = 0; i < width; i++) trace += a[i * width + i] as number
  const least = (trace / width) * 1e-10 + Number.MIN_VALUE
  for (let j = 0; j < width; j++) {
    let diagonal = l[j * width + j] as number
    for (let k = 0; k < j; k++) diagonal -= (l[j * width + k] as number) ** 2
    const root = Math.sqrt(Math.max(diagonal, least))
    l[j * width + j] = root
    for (let i = j + 1; i < width; i++) {
      let sum = l[i * width + j] as number
      for (let k = 0; k < j; k++) sum -= (l[i * width + k] as number) * (l[j * width + k] as number)
      l[i * width + j] = sum / root
    }
  }
  return l
}

/** Makes the columns of `a` orthonormal, in place: Cholesky QR, twice for the sake of precision. */
export const orthonormalize = (a: Float32Array, width: number): void => {
  for (let pass = 0; pass < 2; pass++) {
    const l = cholesky(gram(a, width), width)
    for (let row = 0; row < a.length; row += width) {
      for (let j = 0; j < width; j++) {
        let value = a[row + j] as number
        for (let k = 0; k < j; k++) value -= (l[j * width + k] as number) * (a[row + k] as number)
        a[row + j] = value / (l[j * width + j] as number)
      }
    }
  }
}

/**
 * The eigenvalues of a symmetric matrix, greatest first, and its eigenvectors as columns, by Jacobi's rotations. `a` is
 * used up.
 */
export const eigen = (a: Float64Array, width: number): { values: Float64Array; vectors: Float64Array } => {
  const v = new Float64Array(width * width)
  for (let i = 0; i < width; i++) v[i * width + i] = 1
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0
    let all = 0
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        const square = (a[i * width + j] as number) ** 2
        all += square
        if (i !== j) off += square
      }
    }
    if (off <= all * 1e-16) break
    for (let p = 0; p < width - 1; p++) {
      for (let q = p + 1; q < width; q++) {
        const apq = a[p * width + q] as number
        if (Math.abs(apq) < 1e-300) continue
        const theta = ((a[q * width + q] as number) - (a[p * width + p] as number)) / (2 * apq)
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < width; k++) {
          const x = a[k * width + p] as number
          const y = a[k * width + q] as number
          a[k * width + p] = c * x - s * y
          a[k * width + q] = s * x + c * y
        }
        for (let k = 0; k < width; k++) {
          const x = a[p * width + k] as number
          const y = a[q * width + k] as number
          a[p * width + k] = c * x - s * y
          a[q * width + k] = s * x + c * y
          const vx = v[k * width + p] as number
          const vy = v[k * width + q] as number
          v[k * width + p] = c * vx - s * vy
          v[k * width + q] = s * vx + c * vy
        }
      }
    }
  }
  const order = Array.from({ length: width }, (_, i) => i).sort(
    (i, j) => (a[j * width + j] as number) - (a[i * width + i] as number)
  )
  const values = Float64Array.from(order, (i) => a[i * width + i] as number)
  const vectors = new Float64Array(width * width)
  order.forEach((from, to) => {
    for (let k = 0; k < width; k++) vectors[k * width + to] = v[k * width + from] as number
  })
  return { values, vectors }
}
