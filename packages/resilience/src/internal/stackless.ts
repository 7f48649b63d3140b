/**
 * Builds an error without capturing its stack. A rejection is an everyday answer, made thousands of times a second while a
 * dependency is down, and the capture is ten times the price of everything else about it.
 */
export const stackless = <A>(make: () => A): A => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}
