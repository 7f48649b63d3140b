import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fromString } from "../src/OutgoingUrl.ts"

const decode = Schema.decodeUnknownEffect(fromString)

describe("a URL to be called", () => {
  for (const url of [
    "https://mdm:31116",
    "http://127.0.0.1:31116",
    "http://[::1]:8080/base",
    "http://10.0.0.7",
    "http://[fd12:3456::1]",
    "http://[2001:db8::a9fe:a9fe]",
    "http://[::a00:7:1:2]",
    "http://[::10.0.0.7]",
    "http://[::ffff:10.1.255.254]",
    "http://169.253.1.1",
    "http://169.255.0.1",
    "http://10.254.0.1",
    "http://223.255.255.255",
    "http://224.0.0.1.example",
    "http://v0.0.0.0.example",
    "http://carrier.example:8443/[ff02::1]",
    "https://xn--d1acufc.example/v1?x=1"
  ]) {
    it.effect(url, () => Effect.map(decode(url), (decoded) => assert.strictEqual(decoded.href, new URL(url).href)))
  }
})

describe("a URL not to be called", () => {
  for (const [url, reason] of [
    ["file:///etc/passwd", "http: or https:"],
    ["gopher://mdm", "http: or https:"],
    ["https://user@mdm", "without a name or password"],
    ["https://:secret@mdm", "without a name or password"],
    ["https://mdm/#x", "without a fragment"],
    ["http://169.254.169.254/latest/meta-data", "link-local"],
    ["http://2852039166", "link-local"],
    ["http://0xA9FEA9FE", "link-local"],
    ["http://0251.0376.0251.0376", "link-local"],
    ["http://[::ffff:169.254.169.254]", "link-local"],
    ["http://[::169.254.169.254]", "link-local"],
    ["http://[::ffff:0:1]", "link-local"],
    ["http://[::ffff:e000:1]", "multicast"],
    ["http://[fe80::1]", "link-local"],
    ["http://[febf::1]", "link-local"],
    ["http://[ff02::1]", "multicast"],
    ["http://[::]", "link-local"],
    ["http://0.0.0.0", "link-local"],
    ["http://224.0.0.1", "multicast"],
    ["http://255.255.255.255", "multicast"],
    ["http://100.100.100.200", "metadata"],
    ["http://[fd00:ec2::254]", "metadata"],
    ["http://METADATA.google.internal.", "metadata"]
  ] as const) {
    it.effect(url, () =>
      Effect.map(Effect.flip(decode(url)), (error) => {
        assert.include(error.message, reason)
        assert.notInclude(error.message, "secret")
      })
    )
  }

  it.effect("no URL at all", () =>
    Effect.map(Effect.flip(decode("mdm")), (error) => assert.include(error.message, "URL"))
  )
})
