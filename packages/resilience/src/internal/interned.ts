/**
 * Gives the same object for options that are equal, so that many breakers of one kind hold them once. It remembers the latest
 * kinds only: one that is forgotten is held twice, which is no harm.
 */
export const make = <A>(equals: (self: A, that: A) => boolean, capacity = 16): ((value: A) => A) => {
  const latest: Array<A> = []
  return (value) => {
    const known = latest.find((one) => one === value || equals(one, value))
    if (known !== undefined) return known
    latest.unshift(value)
    if (latest.length > capacity) latest.pop()
    return value
  }
}
