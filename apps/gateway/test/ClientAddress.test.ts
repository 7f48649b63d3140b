import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { HttpServerRequest } from "effect/http"
import * as ClientAddress from "../src/security/ClientAddress.ts"
import { isLoopback } from "../src/security/Loopback.ts"

const trusted = ClientAddress.networks(["10.0.0.0/8", "::1", "2001:db8::/32"])

const request = (peer: string | undefined, headers: Record<string, string> = {}) =>
  HttpServerRequest.fromWeb(new Request("http://gateway.test/", { headers })).modify({
    remoteAddress: Option.fromNullishOr(peer)
  })

describe("the address of a client", () => {
  it("is that of the connection where no trusted proxy is in between", () => {
    const from = request("::ffff:192.0.2.1", { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" })
    const same = ClientAddress.unproxied(trusted, from)
    assert.strictEqual(ClientAddress.of(same), "192.0.2.1")
    assert.isFalse(ClientAddress.isSecure(same))
    assert.strictEqual(ClientAddress.of(request(undefined)), "unknown")
  })

  it("is the last that no trusted proxy has, whatever the client wrote in front of it", () => {
    const at = (forwarded: string | undefined) => ClientAddress.behind(trusted, "10.0.0.1", forwarded)
    assert.strictEqual(at("127.0.0.1, 203.0.113.9, 10.1.2.3"), "203.0.113.9")
    assert.strictEqual(at("[2001:db9::7]:4711"), "2001:db9::7")
    assert.strictEqual(at("203.0.113.9, not an address"), "10.0.0.1")
    assert.strictEqual(at("10.9.9.9"), "10.9.9.9")
    assert.strictEqual(at(undefined), "10.0.0.1")
  })

  it("comes with the protocol that the client spoke to the proxy", () => {
    const of = (protocol: string) =>
      ClientAddress.unproxied(
        trusted,
        request("10.0.0.1", { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": protocol })
      )
    assert.isTrue(ClientAddress.isSecure(of("https")))
    assert.isFalse(ClientAddress.isSecure(of("http")))
    assert.isFalse(ClientAddress.isSecure(of("gopher")))
    assert.strictEqual(ClientAddress.of(of("https")), "203.0.113.9")
  })

  it("counts 64 bits of IPv6 as one", () => {
    assert.strictEqual(ClientAddress.bucketOf("192.0.2.1"), "192.0.2.1")
    assert.strictEqual(ClientAddress.bucketOf("unknown"), "unknown")
    assert.strictEqual(ClientAddress.bucketOf("2001:0db8:1:2:3:4:5:6"), "2001:db8:1:2::/64")
    assert.strictEqual(ClientAddress.bucketOf("2001:db8::1"), "2001:db8:0:0::/64")
    assert.strictEqual(ClientAddress.bucketOf("::1"), "0:0:0:0::/64")
    assert.strictEqual(ClientAddress.bucketOf("fe80::1%eth0"), "fe80:0:0:0::/64")
    assert.strictEqual(ClientAddress.bucketOf("2001:db8:1:2::"), "2001:db8:1:2::/64")
  })
})

describe("an address to listen on", () => {
  it("is of this machine alone or not", () => {
    for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "::1"]) assert.isTrue(isLoopback(host), host)
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "gateway.test"])
      assert.isFalse(isLoopback(host), host)
  })
})
