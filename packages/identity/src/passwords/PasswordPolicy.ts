import { keyOf } from "../model/UserName.ts"

/** Shorter ones are guessed, OWASP ASVS 2.1.1. */
export const minLength = 12

/** Longer ones only keep the machine busy. */
export const maxLength = 256

/** What people take when they have to take something long. */
const common = [
  "password",
  "passwort",
  "passwd",
  "contraseña",
  "motdepasse",
  "qwertyuiop",
  "qwertzuiop",
  "azertyuiop",
  "1q2w3e4r5t",
  "1qaz2wsx3edc",
  "abcdefghijkl",
  "letmein",
  "iloveyou",
  "welcome",
  "changeme",
  "administrator",
  "correcthorsebatterystaple",
  "resync",
  "workload",
  "scheduler",
  "tivoli",
  "monkey",
  "dragon",
  "football",
  "baseball",
  "sunshine",
  "princess",
  "superman",
  "trustno"
]

const sequences = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"]

/** What is said of a common password. */
export const triedFirst = "it is one of the first that are tried"

/** Passwords are compared in Unicode's composed form, whatever keyboard they are typed on. */
export const normalize = (password: string): string => password.normalize("NFKC")

/** What is left of a password without what everybody adds: digits and signs at its ends, and letters written as digits. */
export const core = (password: string): string =>
  password
    .toLowerCase()
    .replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "")
    .replaceAll(/[@4]/g, "a")
    .replaceAll(/[3€]/g, "e")
    .replaceAll(/[1!|]/g, "i")
    .replaceAll("0", "o")
    .replaceAll(/[$5]/g, "s")
    .replaceAll(/[^\p{L}]/gu, "")

const half = (text: string) => {
  const first = text.slice(0, text.length / 2)
  return `${first}${first}` === text ? first : text
}

/** What a password is a common one under: as it is, without spaces, without digits and signs, and once where it is said twice. */
export const formsOf = (password: string): ReadonlyArray<string> => {
  const plain = password.toLowerCase()
  return [plain, plain.replaceAll(/[\s-]/g, ""), core(password)].flatMap((form) => [form, half(form)])
}

const isSequence = (password: string) => {
  const text = password.toLowerCase()
  return sequences.some((sequence) => {
    const reversed = [...sequence].reverse().join("")
    return `${sequence}${sequence}`.includes(text) || `${reversed}${reversed}`.includes(text)
  })
}

/**
 * Why a password is not good enough, or nothing when it is. Any character may be in it, and none has to. Lists of passwords are
 * not looked at.
 */
export const refusal = (password: string, name: string): string | undefined => {
  const length = [...password].length
  if (length < minLength) return `it needs at least ${minLength} characters`
  if (length > maxLength) return `it may have at most ${maxLength} characters`
  if (new Set(password).size < 5) return "it has too few different characters"
  if (isSequence(password)) return "it is a sequence"
  const forms = formsOf(password)
  if (common.some((word) => forms.includes(word))) return triedFirst
  const own = keyOf(name)
  if (own.length >= 3 && keyOf(password).replaceAll(own, "").length < 8) return "it is little more than the name"
  return undefined
}
