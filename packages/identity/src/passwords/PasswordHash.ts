/** The text in which an argon2id hash is kept, with all it takes to check it: PHC's string format. */
export interface PasswordHash {
  readonly parameters: Argon2Parameters
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

export interface Argon2Parameters {
  /** Memory in KiB. */
  readonly memory: number
  /** Passes over the memory. */
  readonly passes: number
  readonly parallelism: number
}

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replaceAll("=", "")

export const format = ({ parameters: { memory, parallelism, passes }, salt, tag }: PasswordHash): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`

const shape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

export const parse = (text: string): PasswordHash | undefined => {
  const [, memory, passes, parallelism, salt, tag] = shape.exec(text) ?? []
  if (salt === undefined || tag === undefined) return undefined
  return {
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64")
  }
}
