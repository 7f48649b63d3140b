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
  taken: number
  readonly line: Set<Ticket>
}

/**
 * Permits of many keys, each with a limit of its own below that of all. Within a key it is first come, first served; among
 * the keys that could go on one after the other has a turn, so that a busy one delays the others by one call at most.
 */
export const make = () => {
  const rooms = new Map<string, Room>()
  /** The keys whose first in line fits the limit of the key, the next to be served first. */
  const ready = new Set<string>()
  const refused: Array<Ticket> = []
  let taken = 0
  let waiting = 0
  let admitting = false

  const drop = (room: Room, self: Ticket): void => {
    if (room.line.delete(self)) waiting--
  }

  const headOf = (room: Room, limits: Limits): Ticket | undefined => {
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
  const settle = (key: string, room: Room, limits: Limits): void => {
    const head = headOf(room, limits)
    if (head !== undefined && room.taken + head.permits <= limits.perKey) ready.add(key)
    else ready.delete(key)
    if (head === undefined && room.taken === 0) rooms.delete(key)
  }

  // As in a single line, who leaves at once is no deeper in the stack than the one before.
  const admitNext = (limits: Limits): void => {
    if (admitting) return
    admitting = true
    for (const key of ready) {
      const room = rooms.get(key)
      const head = room && headOf(room, limits)
      if (room === undefined || head === undefined || room.taken + head.permits > limits.perKey) {
        ready.delete(key)
        continue
      }
      // Whose turn it is waits until there is room enough, or those that ask for little would starve it.
      if (taken + head.permits > limits.total) break
      ready.delete(key)
      drop(room, head)
      taken += head.permits
      room.taken += head.permits
      head.state = "inside"
      settle(key, room, limits)
      head.admit()
    }
    admitting = false
  }

  const roomOf = (key: string): Room => {
    const known = rooms.get(key)
    if (known !== undefined) return known
    const room: Room = { taken: 0, line: new Set() }
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
    enter(self: Ticket, limits: Limits): boolean {
      const room = rooms.get(self.key)
      if (ready.size > 0 || (room !== undefined && room.line.size > 0)) return false
      if (taken + self.permits > limits.total || (room?.taken ?? 0) + self.permits > limits.perKey) return false
      taken += self.permits
      roomOf(self.key).taken += self.permits
      self.state = "inside"
      return true
    },
    /** Takes a place in the line of its key. */
    queue(self: Ticket, limits: Limits): void {
      const room = roomOf(self.key)
      self.state = "waiting"
      room.line.add(self)
      waiting++
      settle(self.key, room, limits)
      tellRefused()
    },
    /** Gives back what the ticket holds, a place inside or one in the line. Once is enough, more does nothing. */
    leave(self: Ticket, limits: Limits): void {
      const room = rooms.get(self.key)
      if (room === undefined || self.state === "outside" || self.state === "refused") return
      if (self.state === "inside") {
        taken -= self.permits
        room.taken -= self.permits
      }
      drop(room, self)
      self.state = "outside"
      settle(self.key, room, limits)
      admitNext(limits)
      tellRefused()
    },
    /** Serves those that wait by limits that have changed. */
    refresh(limits: Limits): void {
      for (const [key, room] of rooms) settle(key, room, limits)
      admitNext(limits)
      tellRefused()
    }
  }
}
