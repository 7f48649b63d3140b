import { BlockList, isIP } from "node:net"
import { Option } from "effect"
import type { HttpServerRequest } from "effect/http"

const kind = (address: string) => (isIP(address) === 4 ? ("ipv4" as const) : ("ipv6" as const))

/** An IPv4 address that a socket for both families shows as one of IPv6. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "")

/** The networks of a list. */
export const networks = (list: ReadonlyArray<string>): BlockList => {
  const found = new BlockList()
  for (const text of list) {
    const [address = "", bits] = text.split("/")
    if (bits === undefined) found.addAddress(address, kind(address))
    else found.addSubnet(address, Number(bits), kind(address))
  }
  return found
}

const contains = (list: BlockList, address: string) => isIP(address) !== 0 && list.check(address, kind(address))

/**
 * The address of the client: the last that no trusted proxy has, read from the right, where what a client wrote itself
 * cannot stand behind what a proxy wrote.
 */
export const behind = (trusted: BlockList, peer: string, forwarded: string | undefined): string => {
  let client = plain(peer)
  if (forwarded === undefined) return client
  const chain = forwarded.split(",").map((part) => plain(part.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1")))
  while (contains(trusted, client)) {
    const next = chain.pop()
    if (next === undefined || isIP(next) === 0) return client
    client = next
  }
  return client
}

/** What counts as one client: an address, or the 64 bits of IPv6 that one customer gets. */
export const bucketOf = (address: string): string => {
  if (isIP(address) !== 6) return address
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? []
  const left = head === "" ? [] : head.split(":")
  const right = tail === undefined || tail === "" ? [] : tail.split(":")
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0")
  const groups = [...left, ...middle, ...right].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${groups.join(":")}::/64`
}

/** The address of the client of a request. */
export const of = (request: HttpServerRequest.HttpServerRequest): string =>
  plain(Option.getOrElse(request.remoteAddress, () => "unknown"))

/** What the client of a request counts as. */
export const bucketOfClient = (request: HttpServerRequest.HttpServerRequest): string => bucketOf(of(request))

/** A request as its client sent it, where it came through proxies that are trusted. */
export const unproxied = (
  trusted: BlockList,
  request: HttpServerRequest.HttpServerRequest
): HttpServerRequest.HttpServerRequest => {
  const peer = of(request)
  if (!contains(trusted, peer)) return request
  const protocol = request.headers["x-forwarded-proto"]
  return request.modify({
    remoteAddress: Option.some(behind(trusted, peer, request.headers["x-forwarded-for"])),
    ...(protocol === "https" || protocol === "http" ? { protocol } : {})
  })
}

/** Whether the client spoke TLS, with this service or with a trusted proxy in front of it. */
export const isSecure = ({ protocol, source }: HttpServerRequest.HttpServerRequest): boolean => {
  if (protocol !== undefined) return protocol === "https"
  const { socket } = source as { readonly socket?: { readonly encrypted?: boolean } }
  return socket?.encrypted === true
}
