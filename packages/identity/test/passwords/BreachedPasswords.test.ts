import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as BreachedPasswords from "@resync/identity/passwords/BreachedPasswords"
import * as HashFile from "@resync/identity/passwords/HashFile"
import { PasswordRules } from "@resync/identity/passwords/PasswordRules"
import { Effect, Schema } from "effect"

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex").toUpperCase()

/** A file that is made up as it is read, and how often it was. */
const imagined = (size: number, bytesAt: (position: number, length: number) => Buffer) => {
  const counted = { reads: 0 }
  const handle: HashFile.Handle = {
    read: (buffer, offset, length, position) => {
      counted.reads++
      return Promise.resolve({
        buffer,
        bytesRead: bytesAt(position, Math.min(length, Math.max(0, size - position))).copy(buffer, offset)
      })
    }
  }
  return { counted, file: { name: "imagined", handle, size } satisfies HashFile.HashFile }
}

const holding = (text: string) => {
  const bytes = Buffer.from(text)
  return imagined(bytes.length, (position, length) => bytes.subarray(position, position + length)).file
}

const between = (from: number, to: number) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(from), Schema.isLessThanOrEqualTo(to))

const Written = Schema.Struct({
  lines: between(0, 700),
  seed: between(0, 1_000_000),
  counted: Schema.Boolean,
  eol: Schema.Literals(["\n", "\r\n"]),
  ended: Schema.Boolean,
  small: Schema.Boolean
})

const written = ({ counted, ended, eol, lines, seed, small }: typeof Written.Type) => {
  const hashes = Array.from({ length: lines }, (_, n) => sha1(`${seed} ${n}`)).sort()
  // Counts of one to ten digits, so that no line is where arithmetic alone would look for it.
  const text = hashes.map((hash, n) => `${hash}${counted ? `:${10 ** ((n * seed) % 10)}` : ""}`).join(eol)
  const whole = `${text}${ended && lines > 0 ? eol : ""}`
  return { hashes, file: holding(small ? whole.toLowerCase() : whole) }
}

const nextTo = (hash: string) => `${hash.slice(0, -1)}${hash.endsWith("0") ? "1" : "0"}`

describe("a file of hashes in order", () => {
  it.effect.prop(
    "has each hash that is in it, and none that is not, however its lines are written",
    [Written],
    ([given]) =>
      Effect.gen(function* () {
        const { file, hashes } = written(given)
        if (hashes.length > 0) yield* HashFile.check(file)
        // All of a short file, and of a long one its ends and some between.
        const some = hashes.filter((_, n) => n < 3 || n > hashes.length - 4 || n % 17 === given.seed % 17)
        const present = new Set(hashes)
        for (const hash of some) {
          assert.isTrue(yield* HashFile.has(file, hash))
          assert.isTrue(yield* HashFile.has(file, hash.toLowerCase()))
          assert.strictEqual(yield* HashFile.has(file, nextTo(hash)), present.has(nextTo(hash)))
        }
        for (const other of ["0".repeat(40), "F".repeat(40), sha1(`${given.seed} none`)]) {
          assert.isFalse(yield* HashFile.has(file, other))
        }
      })
  )

  it.effect("of thirty gigabytes is searched by some thirty small reads", () =>
    Effect.gen(function* () {
      const width = 44
      const lines = (30 * 2 ** 30) / width
      const count = Math.floor(lines)
      const hashAt = (n: number) => `${(BigInt(n) * 5_000_000_000_000n).toString(16)}`.toUpperCase().padStart(40, "0")
      const { counted, file } = imagined(count * width, (position, length) => {
        const first = Math.floor(position / width)
        const last = Math.min(count, Math.ceil((position + length) / width))
        const text = Array.from({ length: Math.max(0, last - first) }, (_, n) => `${hashAt(first + n)}:10\n`).join("")
        return Buffer.from(text).subarray(position - first * width, position - first * width + length)
      })
      for (const n of [0, 1, 12_345_678, Math.floor(count / 2), count - 2, count - 1]) {
        counted.reads = 0
        assert.isTrue(yield* HashFile.has(file, hashAt(n)), String(n))
        assert.isFalse(yield* HashFile.has(file, nextTo(hashAt(n))), String(n))
        assert.isAtMost(counted.reads, 2 * 30)
      }
      counted.reads = 0
      yield* HashFile.check(file)
      assert.isAtMost(counted.reads, 300)
    })
  )

  it.effect("has lines that are hashes, in order, wherever one looks", () =>
    Effect.gen(function* () {
      const hashes = Array.from({ length: 5_000 }, (_, n) => sha1(`${n}`))
      const sorted = [...hashes].sort()
      const detail = (lines: ReadonlyArray<string>) =>
        Effect.map(Effect.flip(HashFile.check(holding(`${lines.join("\n")}\n`))), (error) => error.detail)
      assert.strictEqual(yield* detail(hashes), "is not ordered by hash")
      assert.strictEqual(yield* detail([...sorted].reverse()), "is not ordered by hash")
      assert.strictEqual(
        yield* detail(sorted.map((hash, n) => (n > 3_000 ? `${hash},1` : hash))),
        "has lines that are no SHA-1 hash"
      )
      assert.strictEqual(yield* detail([...sorted.slice(0, 105), "x".repeat(100_000)]), "has lines too long")
    })
  )
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "resync-breached-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A real file with this in it. */
const fileOf = (content: string | Buffer) =>
  Effect.map(folder, (path) => {
    const file = join(path, "list")
    writeFileSync(file, content)
    return file
  })

const hashesOf = (...passwords: ReadonlyArray<string>) =>
  `${passwords
    .map((password) => `${sha1(password)}:3`)
    .sort()
    .join("\r\n")}\r\n`

describe("a list of breached passwords", () => {
  it.effect("is one of hashes or one of passwords, and has a password also in small letters", () =>
    Effect.gen(function* () {
      for (const content of [
        hashesOf("correct battery", "ночной дежурный", "x"),
        "correct battery\nночной дежурный\nx",
        "x\r\ncorrect battery\r\nночной дежурный\r\n"
      ]) {
        const file = yield* fileOf(content)
        yield* BreachedPasswords.check(file)
        const has = (password: string) => BreachedPasswords.has(file, password)
        for (const known of ["correct battery", "Correct Battery", "ночной дежурный", "x"]) {
          assert.isTrue(yield* has(known), known)
        }
        for (const unknown of ["correct batter", "orrect battery", "correct battery ", "y", ":3"]) {
          assert.isFalse(yield* has(unknown), unknown)
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("of passwords has a line and no part of it, wherever the pieces that are read part it", () =>
    Effect.gen(function* () {
      const line = "ночь :9"
      const bytes = Buffer.from(line)
      for (let within = -1; within <= bytes.length + 2; within++) {
        // The first piece ends after so many bytes of the line.
        const before = Buffer.concat([Buffer.alloc(BreachedPasswords.piece - within - 1, "x"), Buffer.from("\n")])
        const list = yield* fileOf(Buffer.concat([before, bytes, Buffer.from("\r\nyyy\nzzz")]))
        const has = (password: string) => BreachedPasswords.has(list, password)
        for (const known of [line, "yyy", "zzz"]) assert.isTrue(yield* has(known), `${known} ${within}`)
        for (let at = 1; at < line.length; at++) {
          assert.isFalse(yield* has(line.slice(at)), `${line.slice(at)} ${within}`)
          assert.isFalse(yield* has(line.slice(0, at)), `${line.slice(0, at)} ${within}`)
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("that cannot be one is told in one line", () =>
    Effect.gen(function* () {
      const message = (file: string) => Effect.map(Effect.flip(BreachedPasswords.check(file)), (error) => error.message)
      const cases = [
        ["", /is empty$/],
        [Buffer.from([0x1f, 0x8b, 0, 0, 1]), /is no text in UTF-8$/],
        [Buffer.from("Passw\xf6rter", "latin1"), /is no text in UTF-8$/],
        ["31D6CFE0D16AE931B73C59D7E0C089C0:5\n", /begins with a hash that is no SHA-1$/],
        [`\uFEFF${sha1("x")}:1\n`, /begins with a byte order mark, which has to go$/],
        ["\uFEFFpassword\nsecret\n", /begins with a byte order mark, which has to go$/],
        [`${sha1("1")}:9\n${sha1("2")}:8\n${sha1("4")}:7\n`, /is not ordered by hash$/]
      ] as const
      for (const [content, expected] of cases) {
        const told = yield* message(yield* fileOf(content))
        assert.match(told, expected)
        assert.notInclude(told, "\n")
      }
      assert.match(yield* message("/nowhere/list"), /^\/nowhere\/list cannot be read: ENOENT/)
      assert.match(yield* message(yield* folder), /cannot be read: EISDIR/)
    }).pipe(Effect.scoped)
  )

  it.effect("counts anew for each new password, and lets none through while it cannot be read", () =>
    Effect.gen(function* () {
      const file = yield* fileOf(hashesOf("x"))
      const refusal = Effect.flatMap(PasswordRules, (rules) => rules.refusal("a horse on a staircase", "ana")).pipe(
        Effect.provide(PasswordRules.layer(file))
      )
      assert.isUndefined(yield* refusal)
      writeFileSync(file, hashesOf("a horse on a staircase", "y"))
      assert.strictEqual(yield* refusal, "it is known from a breach")
      rmSync(file)
      assert.strictEqual((yield* Effect.flip(refusal))._tag, "IdentityUnavailable")
    }).pipe(Effect.scoped)
  )
})
