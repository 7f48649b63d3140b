/** How the vectors of a text's tokens become one. */
export type Pooling = "mean" | "cls" | "max" | "lasttoken"

const poolings: ReadonlySet<string> = new Set<Pooling>(["mean", "cls", "max", "lasttoken"])

export const isPooling = (name: string): name is Pooling => poolings.has(name)

/** What a model gives: a vector for each token of each text, or one for each text. */
export interface Output {
  readonly data: Float32Array
  readonly dims: ReadonlyArray<number>
}

/** Writes the vector of a text, of length 1, to where `into` begins. A model that gives one for a text is taken as it is. */
export const pool = (
  { data, dims }: Output,
  { pooling, text, tokens }: { readonly pooling: Pooling; readonly text: number; readonly tokens: number },
  into: Float32Array
): void => {
  const width = into.length
  const perToken = dims.length === 3
  const places = perToken ? (dims[1] ?? 0) : 1
  const [first, end] =
    !perToken || pooling === "cls" ? [0, 1] : pooling === "lasttoken" ? [Math.max(0, tokens - 1), tokens] : [0, tokens]
  const sum = new Float64Array(width)
  for (let token = first; token < end; token++) {
    const from = (text * places + token) * width
    for (let j = 0; j < width; j++) {
      const value = data[from + j] as number
      sum[j] = pooling === "max" && token > first ? Math.max(sum[j] as number, value) : (sum[j] as number) + value
    }
  }
  // Lengths do not matter, only directions do: a sum is as good as a mean.
  const norm = Math.hypot(...sum) || 1
  for (let j = 0; j < width; j++) into[j] = (sum[j] as number) / norm
}
