type Absent = null | undefined

type Compact<T> = {
  [K in keyof T as Absent extends Extract<T[K], Absent>
    ? never
    : undefined extends T[K]
      ? never
      : null extends T[K]
        ? never
        : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : null extends T[K] ? K : never]?: Exclude<T[K], Absent>
}

/**
 * The same record without the keys whose value is `null` or `undefined`: the scheduler writes both for "nothing", the
 * model leaves the key out.
 */
export const compact = <T extends object>(record: T): { [K in keyof Compact<T>]: Compact<T>[K] } => {
  const result: Record<string, unknown> = {}
  for (const key in record) {
    const value = record[key]
    if (value !== null && value !== undefined) result[key] = value
  }
  // The loop keeps exactly the keys that `Compact` promises; TypeScript cannot see a loop do that.
  return result as { [K in keyof Compact<T>]: Compact<T>[K] }
}
