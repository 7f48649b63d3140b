/**
 * An object that the scheduler answered with, kept as the text it came as. Its text is one piece of memory, of a third of the
 * size, where the object is a graph of a hundred, which the garbage collector moves and walks again and again. Who asks for the
 * object when it has just come gets what was read at arrival; for later ones it is read again.
 */
export class Answered<A> {
  readonly #text: string
  readonly #read: (text: string) => A
  #arrived: A | undefined

  constructor(text: string, arrived: A, read: (text: string) => A) {
    this.#text = text
    this.#arrived = arrived
    this.#read = read
  }

  take(): A {
    const arrived = this.#arrived
    this.#arrived = undefined
    return arrived ?? this.#read(this.#text)
  }
}
