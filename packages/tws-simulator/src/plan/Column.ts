type Numbers = Uint8Array | Uint16Array | Int16Array | Int32Array | Float64Array

/** A growing column of numbers: the plan's rows are kept by column, which costs a few dozen bytes for a job. */
export class Column {
  #data: Numbers
  readonly #make: (length: number) => Numbers

  constructor(make: (length: number) => Numbers, length: number) {
    this.#make = make
    this.#data = make(length)
  }

  static u8 = (length: number): Column => new Column((n) => new Uint8Array(n), length)
  static u16 = (length: number): Column => new Column((n) => new Uint16Array(n), length)
  static i16 = (length: number): Column => new Column((n) => new Int16Array(n), length)
  static i32 = (length: number): Column => new Column((n) => new Int32Array(n), length)
  static f64 = (length: number): Column => new Column((n) => new Float64Array(n), length)

  /** The value of a row; 0 for a row that was never set. */
  get(row: number): number {
    return this.#data[row] ?? 0
  }

  set(row: number, value: number): void {
    if (row >= this.#data.length) {
      const grown = this.#make(Math.max(row + 1, Math.ceil(this.#data.length * 1.25) + 64))
      grown.set(this.#data)
      this.#data = grown
    }
    this.#data[row] = value
  }

  fill(value: number): void {
    this.#data.fill(value)
  }
}
