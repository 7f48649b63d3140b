const isPlain = (u: unknown): u is Record<string, unknown> =>
  typeof u === "object" && u !== null && Object.getPrototypeOf(u) === Object.prototype

/** Options without the fields that are `undefined`: those say no more than fields that are left out. */
export const stated = <A>(input: A): A =>
  isPlain(input)
    ? // What is left out was optional, or the type of the input would not allow `undefined` for it.
      (Object.fromEntries(
        Object.entries(input)
          .filter(([, value]) => value !== undefined)
          .map(([key, value]) => [key, stated(value)])
      ) as A)
    : input
