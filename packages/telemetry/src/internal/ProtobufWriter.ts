import { Buffer } from "node:buffer"

const floats = new Float64Array(1)
const floatBytes = new Uint8Array(floats.buffer)
const longs = new BigUint64Array(1)
const longBytes = new Uint8Array(longs.buffer)

/** Hexadecimal digit to value, by character code. */
const nibbles = new Uint8Array(128)
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  nibbles[digit.charCodeAt(0)] = value
  nibbles[digit.toUpperCase().charCodeAt(0)] = value
}

/**
 * Writes protobuf straight into one growing buffer. `begin` and `end` frame a nested message: its length is known only
 * at the end, so one byte is kept for it and the message moves up in the rare case that it needs more.
 */
export class ProtobufWriter {
  #buffer: Buffer
  #position = 0

  constructor(size = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(size)
  }

  /** A copy of what has been written; the writer starts over. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#position)
    bytes.set(this.#buffer.subarray(0, this.#position))
    this.#position = 0
    return bytes
  }

  #reserve(bytes: number): void {
    if (this.#position + bytes <= this.#buffer.length) return
    const next = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#position + bytes))
    this.#buffer.copy(next, 0, 0, this.#position)
    this.#buffer = next
  }

  /** A varint of at most 53 bits. */
  #varint(value: number): void {
    while (value > 0x7f) {
      this.#buffer[this.#position++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.#buffer[this.#position++] = value
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  begin(field: number): number {
    this.#reserve(12)
    this.#tag(field, 2)
    return this.#position++
  }

  end(start: number): void {
    const length = this.#position - start - 1
    if (length < 0x80) {
      this.#buffer[start] = length
      return
    }
    let extra = 0
    for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 0x80)) extra++
    this.#reserve(extra)
    this.#buffer.copyWithin(start + 1 + extra, start + 1, this.#position)
    this.#position = start
    this.#varint(length)
    this.#position += length
  }

  uint(field: number, value: number): void {
    this.#reserve(20)
    this.#tag(field, 0)
    this.#varint(value)
  }

  /** A signed 64-bit varint, negative values in two's complement. */
  int64(field: number, value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && Number.isSafeInteger(value)) {
      this.uint(field, value)
      return
    }
    this.#reserve(20)
    this.#tag(field, 0)
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.#buffer[this.#position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#position++] = Number(rest)
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0)
  }

  double(field: number, value: number): void {
    this.#reserve(16)
    this.#tag(field, 1)
    floats[0] = value
    this.#eight(floatBytes)
  }

  fixed64(field: number, value: bigint): void {
    this.#reserve(16)
    this.#tag(field, 1)
    longs[0] = value
    this.#eight(longBytes)
  }

  fixed32(field: number, value: number): void {
    this.#reserve(12)
    this.#tag(field, 5)
    this.#position = this.#buffer.writeUInt32LE(value >>> 0, this.#position)
  }

  // Protobuf is little-endian, and so is every platform that Node runs on but s390x, which reverses.
  #eight(bytes: Uint8Array): void {
    for (let i = 0; i < 8; i++) this.#buffer[this.#position + i] = bytes[littleEndian ? i : 7 - i] ?? 0
    this.#position += 8
  }

  string(field: number, value: string): void {
    const length = value.length
    this.#reserve(3 * length + 12)
    this.#tag(field, 2)
    const start = this.#position++
    if (length < 48 && this.#ascii(value)) {
      this.#buffer[start] = length
      return
    }
    this.#position = start + 1 + this.#buffer.write(value, start + 1, "utf8")
    this.end(start)
  }

  /** Short strings are nearly always ASCII, and a loop is faster for them than a call into the runtime. */
  #ascii(value: string): boolean {
    const from = this.#position
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        this.#position = from
        return false
      }
      this.#buffer[from + i] = code
    }
    this.#position = from + value.length
    return true
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(value.length + 20)
    this.#tag(field, 2)
    this.#varint(value.length)
    this.#buffer.set(value, this.#position)
    this.#position += value.length
  }

  /** Already encoded fields. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#position)
    this.#position += value.length
  }

  /** An id in hexadecimal digits, as its bytes; shorter ids are padded with zeros on the left. */
  hex(field: number, value: string, bytes: number): void {
    this.#reserve(bytes + 12)
    this.#tag(field, 2)
    this.#buffer[this.#position++] = bytes
    const digits = value.length < 2 * bytes ? value.padStart(2 * bytes, "0") : value
    for (let i = 0; i < bytes; i++) {
      const high = nibbles[digits.charCodeAt(2 * i)] ?? 0
      const low = nibbles[digits.charCodeAt(2 * i + 1)] ?? 0
      this.#buffer[this.#position++] = high * 16 + low
    }
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
