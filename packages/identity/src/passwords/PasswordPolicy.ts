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

/** Passwords are compared in Unicode's composed form, whatever keyboard they are typed on. */
export const normalize = (password: string): string => password.normalize("NFKC")

/** What is left of a password without what everybody adds: digits and signs at its ends, and letters written as digits. */
const core = (password: string) =>
  password
    .toLowerCase()
    .replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "")
    .replaceAll(/[@4]/g, "a")
    .replaceAll(/[3€]/g, "e")
    .replaceAll(/[1!|]/g, "i")
    .replaceAll("0", "o")
    .replaceAll(/[$5]/g, "s")
    .replaceAll(/[^\p{L}]/gu, "")

const isSequence = (password: string) => {
  const text = password.toLowerCase()
  return sequences.some((sequence) => {
    const reversed = [...sequence].reverse().join("")
    return `${sequence}${sequence}`.includes(text) || `${reversed}${reversed}`.includes(text)
  })
}

/** Why a password is not good enough, or nothing when it is. Any character may be in it, and none has to. */
export const refusal = (password: string, name: string): string | undefined => {
  const length = [...password].length
  if (length < minLength) return `it needs at least ${minLength} characters`
  if (length > maxLength) return `it may have at most ${maxLength} characters`
  if (new Set(password).size < 5) return "it has too few different characters"
  if (isSequence(password)) return "it is a sequence"
  const forms = [core(password), password.toLowerCase().replaceAll(/[\s-]/g, "")]
  if (common.some((word) => forms.includes(word) || forms.includes(`${word}${word}`)))
    return "it is one of the first that are tried"
  const own = keyOf(name)
  if (own.length >= 3 && keyOf(password).replaceAll(own, "").length < 8) return "it is little more than the name"
  return undefined
}
