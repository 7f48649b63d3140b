import * as WaitingLine from "./WaitingLine.ts"

export interface Ticket extends WaitingLine.Ticket {
  readonly key: string
}

export const ticket = (key: string, permits: number): Ticket => Object.assign(WaitingLine.ticket(permits), { key })

export interface Limits {
  /** Permits of all keys together. */
  readonly total: number
  readonly perKey: number
}

/** What one key holds; it is forgotten when that is nothing. */
interface Room {
  readonly key: string
  taken: number
  readonly line: Set<Ticket>
}

/**
 * Permits of many keys, each with a limit of its own below that of all. Within a key it is first come, first served; among
 * the keys that could go on one after the other has a turn, so that a busy one delays the others by one call at most.
 */
export const make = (initial: Limits) => {
  let limits = initial
  const rooms = new Map<string, Room>()
  /** The first in line of each key where it fits the limit of the key; the next to be served first. */
  const ready = new Map<Room, Ticket>()
  const refused: Array<Ticket> = []
  let taken = 0
  let waiting = 0
  let admitting = false

  const drop = (room: Room, self: Ticket): void => {
    if (room.line.delete(self)) waiting--
  }

  const headOf = (room: Room): Ticket | undefined => {
    for (const head of room.line) {
      if (!WaitingLine.isTooMuch(head.permits, limits.perKey) && !WaitingLine.isTooMuch(head.permits, limits.total)) {
        return head
      }
      drop(room, head)
      head.state = "refused"
      refused.push(head)
    }
    return undefined
  }

  /** Who is told may go on at once, so nobody is before all is in order. */
  const tellRefused = (): void => {
    for (let next = refused.shift(); next !== undefined; next = refused.shift()) next.refuse()
  }

  /** Finds out whether a key is ready, or can be forgotten. */
  const settle = (room: Room): void => {
    const head = headOf(room)
    if (head !== undefined && room.taken + head.permits <= limits.perKey) ready.set(room, head)
    else ready.delete(room)
    if (head === undefined && room.taken === 0) rooms.delete(room.key)
  }

  // As in a single line, who leaves at once is no deeper in the stack than the one before.
  const admitNext = (): void => {
    if (admitting) return
    admitting = true
    for (const [room, head] of ready) {
      // Whose turn it is waits until there is room enough, or those that ask for little would starve it.
      if (taken + head.permits > limits.total) break
      ready.delete(room)
      drop(room, head)
      taken += head.permits
      room.taken += head.permits
      head.state = "inside"
      settle(room)
      head.admit()
    }
    admitting = false
  }

  const roomOf = (key: string): Room => {
    const known = rooms.get(key)
    if (known !== undefined) return known
    const room: Room = { key, taken: 0, line: new Set() }
    rooms.set(key, room)
    return room
  }

  return {
    get taken() {
      return taken
    },
    get waiting() {
      return waiting
    },
    /** Keys that hold or wait for something. */
    get keys() {
      return rooms.size
    },
    of: (key: string) => {
      const room = rooms.get(key)
      return { taken: room?.taken ?? 0, waiting: room?.line.size ?? 0 }
    },
    /** Goes in at once, if there is room for the key and for all, and nobody waits who could go in. */
    enter(self: Ticket): boolean {
      const room = rooms.get(self.key)
      if (ready.size > 0 || (room !== undefined && room.line.size > 0)) return false
      if (taken + self.permits > limits.total || (room?.taken ?? 0) + self.permits > limits.perKey) return false
      taken += self.permits
      roomOf(self.key).taken += self.permits
      self.state = "inside"
      return true
    },
    /** Takes a place in the line of its key. */
    queue(self: Ticket): void {
      const room = roomOf(self.key)
      self.state = "waiting"
      room.line.add(self)
      waiting++
      settle(room)
      tellRefused()
    },
    /** Gives back what the ticket holds, a place inside or one in the line. Once is enough, more does nothing. */
    leave(self: Ticket): void {
      const room = rooms.get(self.key)
      if (room === undefined) return
      if (self.state === "inside") {
        taken -= self.permits
        room.taken -= self.permits
      }
      drop(room, self)
      self.state = "outside"
      settle(room)
      admitNext()
      tellRefused()
    },
    /** Serves those that wait by other limits from now on. */
    refresh(next: Limits): void {
      limits = next
      for (const room of rooms.values()) settle(room)
      admitNext()
      tellRefused()
    }
  }
}
