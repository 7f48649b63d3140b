import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { Redacted } from "effect"
import { type AuditHead, genesis } from "./AuditChain.ts"

/** A head together with the proof of who wrote it. */
export interface SignedHead extends AuditHead {
  /** Which key it was signed with; empty until the first service has claimed the trail. */
  readonly keyId: string
  readonly signature: string
}

/** What a signature says. */
export type SignatureVerdict = "valid" | "forged" | "otherKey"

/** Signs the end of the chain with a key that the database does not know. */
export interface AuditSigner {
  readonly keyId: string
  readonly sign: (head: AuditHead) => SignedHead
  readonly verdict: (head: SignedHead) => SignatureVerdict
}

/** HMAC-SHA256 over `seq:hash`. */
export const make = (key: Redacted.Redacted): AuditSigner => {
  const secret = Redacted.value(key)
  const keyId = createHash("sha256").update(`resync audit key ${secret}`).digest("hex").slice(0, 16)
  const signatureOf = ({ hash, seq }: AuditHead) => createHmac("sha256", secret).update(`${seq}:${hash}`).digest("hex")
  return {
    keyId,
    sign: (head) => ({ seq: head.seq, hash: head.hash, keyId, signature: signatureOf(head) }),
    verdict: (head) => {
      // Nobody has claimed the trail yet.
      if (head.keyId === "") return head.seq === 0 && head.hash === genesis.hash ? "valid" : "forged"
      if (head.keyId !== keyId) return "otherKey"
      const wanted = signatureOf(head)
      return wanted.length === head.signature.length &&
        timingSafeEqual(Buffer.from(wanted), Buffer.from(head.signature))
        ? "valid"
        : "forged"
    }
  }
}
