import { Context, Layer } from "effect"
import type { Principal } from "../model/Principal.ts"

/** What is known of a credential's owner, until when it is taken as true, and when it is read again. */
export interface CachedPrincipal {
  readonly principal: Principal
  readonly userId: string
  /** Read again after this, in milliseconds since the epoch. */
  readonly freshUntil: number
  /** Refused after this. */
  readonly expiresAt: number
}

/** More would be another kind of caller than people and machines. */
const capacity = 10_000

/**
 * Who is behind a session or a key, kept for some seconds, so that a request costs no query. What this process changes it
 * forgets at once.
 */
export class PrincipalCache extends Context.Service<
  PrincipalCache,
  {
    readonly get: (id: string) => CachedPrincipal | undefined
    /** Does nothing when something was forgotten since the `epoch` at which reading began: it may have been this. */
    readonly set: (id: string, entry: CachedPrincipal, epoch: number) => void
    readonly epoch: () => number
    /** Forgets a session or a key. */
    readonly forget: (id: string) => void
    /** Forgets all sessions and keys of a user. */
    readonly forgetUser: (userId: string) => void
  }
>()("@resync/identity/PrincipalCache") {
  static readonly layer: Layer.Layer<PrincipalCache> = Layer.sync(PrincipalCache, () => {
    const entries = new Map<string, CachedPrincipal>()
    let epoch = 0
    return PrincipalCache.of({
      get: (id) => entries.get(id),
      set: (id, entry, began) => {
        if (began !== epoch) return
        entries.delete(id)
        entries.set(id, entry)
        for (const oldest of entries.keys()) {
          if (entries.size <= capacity) break
          entries.delete(oldest)
        }
      },
      epoch: () => epoch,
      forget: (id) => {
        epoch++
        entries.delete(id)
      },
      forgetUser: (userId) => {
        epoch++
        for (const [id, entry] of entries) if (entry.userId === userId) entries.delete(id)
      }
    })
  })
}
