import { hash, mix, Subject } from "./Hash.ts"

/** The kinds of things that have an id of their own. */
export const IdKind = {
  job: 1,
  stream: 2,
  run: 3,
  workstation: 4,
  resource: 5,
  prompt: 6,
  file: 7,
  jobDefinition: 8,
  streamDefinition: 9,
  folder: 10,
  calendar: 11,
  plan: 12,
  engine: 13,
  submittedStream: 14,
  submittedJob: 15,
  resourceDefinition: 16,
  promptDefinition: 17,
  workstationDefinition: 18,
  variableTable: 19,
  domain: 20,
  jobInDefinition: 21
} as const
export type IdKind = (typeof IdKind)[keyof typeof IdKind]

const factor = 0x9e3779b1
/** The inverse of `factor` modulo 2^32, by Newton's iteration. */
const inverse = (() => {
  let x = factor
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(factor, x))
  return x
})()

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const hex16 = (value: number): string => `${hex[(value >>> 8) & 255]}${hex[value & 255]}`
const hex32 = (value: number): string => hex16(value >>> 16) + hex16(value)

/**
 * The id of the thing of this kind with this index (below 2^32) in this plan. It looks random, has the form of a version
 * 4 UUID, and can be turned back into the index, so that half a million ids need no memory.
 */
export const encode = (seed: number, kind: IdKind, epoch: number, index: number): string => {
  const key = hash(seed, Subject.id, kind, epoch)
  const head = Math.imul(index ^ key, factor) >>> 0
  const second = mix(head ^ key)
  const third = mix(second + kind)
  const fourth = mix(third ^ seed)
  return `${hex32(head)}-${hex16(second >>> 16)}-4${hex16(second).slice(1)}-${hex16(0x8000 | (third & 0x3fff))}-${hex16(third >>> 16)}${hex32(fourth)}`
}

const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** True for text in the form of an id, whether or not anything has it. */
export const isUuid = (text: string): boolean => form.test(text)

/** The index that `encode` made this id from, or `undefined` when the id is not of this kind, seed and plan. */
export const decode = (seed: number, kind: IdKind, epoch: number, text: string): number | undefined => {
  if (!isUuid(text)) return undefined
  const key = hash(seed, Subject.id, kind, epoch)
  const index = (Math.imul(Number.parseInt(text.slice(0, 8), 16), inverse) ^ key) >>> 0
  return encode(seed, kind, epoch, index) === text ? index : undefined
}
