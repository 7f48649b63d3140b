import { type Plan, streamNode } from "../plan/Plan.ts"

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** Submitted streams are numbered from here on by their serial, for their row is not known when they are submitted. */
const submittedBase = 26 ** 10

const spell = (value: number): string => {
  let text = ""
  for (let rest = value; text.length < 15; rest = Math.floor(rest / 26)) text = `${letters[rest % 26] ?? "A"}${text}`
  return `0${text}`
}

/** The 16 characters that a stream will be known by once it is in the plan. */
export const submittedStreamId = (serial: number): string => spell(submittedBase + serial)

/** The 16 characters that V1 and the scheduler's own logs know a stream instance by. */
export const internalStreamId = (plan: Plan, stream: number): string => {
  const serial = plan.submittedRows.get(streamNode(stream))
  return serial === undefined ? spell(stream) : submittedStreamId(serial)
}

/** The row behind a 16-character id, or `undefined` when there is none. */
export const findInternalStream = (plan: Plan, text: string): number | undefined => {
  if (!/^0[A-Z]{15}$/.test(text)) return undefined
  let value = 0
  for (let i = 1; i < 16; i++) value = value * 26 + letters.indexOf(text.charAt(i))
  if (value < submittedBase) return value < plan.streams.count ? value : undefined
  const node = plan.submitted.get(value - submittedBase)
  return node === undefined ? undefined : node >> 1
}
