/**
 * The address of a system that a program is told to call. It comes from whoever configures the program, and still it can be a
 * mistake or a trap: an address that answers with the machine's own credentials, a password that ends up in logs.
 *
 * **Example**
 *
 * ```ts
 * import { fromString } from "@resync/resilience/OutgoingUrl"
 * import { Config } from "effect"
 *
 * export const carrier = Config.schema(fromString, "CARRIER_URL")
 * ```
 */
import { Schema } from "effect"

/** The metadata services of clouds under names of their own; their addresses are link-local or listed below. */
const metadataHosts = new Set(["metadata.google.internal", "metadata.goog", "metadata", "instance-data"])

/** Alibaba's and Oracle's metadata services, and AWS's over IPv6, which are not link-local. */
const metadataAddresses = new Set(["100.100.100.200", "192.0.0.192", "[fd00:ec2::254]"])

const parts = (host: string): ReadonlyArray<number> | undefined => {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host)
  return match === null ? undefined : match.slice(1).map(Number)
}

/** IPv4 within IPv6, which `URL` writes as `[::ffff:a9fe:a9fe]`. */
const mapped = (host: string): string | undefined => {
  const match = /^\[::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host)
  if (match === null) return undefined
  const [high = 0, low = 0] = match.slice(1).map((group) => Number.parseInt(group, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join(".")
}

/**
 * Whether nothing that a service has business with answers there: link-local addresses (RFC 3927, RFC 4291), where clouds answer with
 * credentials, "this host" (RFC 1122), multicast and broadcast. `URL` has brought every spelling of an address into one form.
 */
const isForbidden = (hostname: string): boolean => {
  const host = hostname.toLowerCase().replace(/\.$/, "")
  if (metadataHosts.has(host) || metadataAddresses.has(host)) return true
  const four = parts(mapped(host) ?? host)
  if (four !== undefined) {
    const [first = 0, second = 0] = four
    return first === 0 || (first === 169 && second === 254) || first >= 224
  }
  return host === "[::]" || /^\[(fe[89ab]|ff)/.test(host)
}

/** Why a URL is none to be called; nothing if it is. For URLs that another system names while the program runs. */
export const objection = (url: URL): string | undefined => {
  if (url.protocol !== "http:" && url.protocol !== "https:") return "a URL that begins with http: or https:"
  if (url.username !== "" || url.password !== "") return "a URL without a name or password in it"
  if (url.hash !== "") return "a URL without a fragment"
  return isForbidden(url.hostname) ? "a URL whose host is no link-local, multicast or metadata address" : undefined
}

/**
 * A URL with the scheme `http` or `https`, without credentials and fragment, that points to no link-local, multicast or "this host"
 * address and to no metadata service of a cloud. Addresses of private networks and of this machine are welcome: that is where
 * schedulers live.
 */
export const OutgoingUrl = Schema.URL.check(
  Schema.makeFilter((url) => {
    const expected = objection(url)
    return expected === undefined ? true : `Expected ${expected}`
  })
)

/** The same from text, for configuration. */
export const fromString = Schema.URLFromString.pipe(Schema.decodeTo(OutgoingUrl))
