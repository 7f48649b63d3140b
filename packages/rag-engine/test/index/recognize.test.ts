import { assert, describe, it } from "@effect/vitest"
import { recognize } from "@resync/rag-engine/index/fields/recognize"

const found = (text: string) => recognize(text).map(({ kind, value }) => `${kind} ${value}`)

describe("recognize", () => {
  it("finds message ids, however they are written", () => {
    assert.deepStrictEqual(found("awsbht001e and AWKRAA209E, not AWSBHT or AWS001"), [
      "message AWSBHT001E",
      "message AWKRAA209E"
    ])
  })

  it("finds return codes in both languages", () => {
    assert.deepStrictEqual(found("= Exit Status           : 127"), ["return-code 127"])
    assert.deepStrictEqual(found("ended with return code 143; código de retorno 12; rc=4"), [
      "return-code 143",
      "return-code 12",
      "return-code 4"
    ])
    assert.deepStrictEqual(found("the code 12 of the return"), [])
  })

  it("finds commands by program and verb, and not the programs in prose", () => {
    assert.deepStrictEqual(found('run `conman "rr EU#PAYROLL.LOAD"` or planman unlock'), [
      "command conman rr",
      "workstation EU",
      "stream PAYROLL",
      "job LOAD",
      "command planman unlock"
    ])
    assert.deepStrictEqual(found("JnextPlan ran"), ["command JnextPlan"])
  })

  it("finds names of the plan in keys, logs, definitions and prose", () => {
    assert.deepStrictEqual(found("= JOB       : EU-HQ1#PAYROLL[(0600 11/23/26),(0AAAAAAAAAAAAAAT)].LOAD_1"), [
      "workstation EU-HQ1",
      "stream PAYROLL",
      "job LOAD_1"
    ])
    assert.deepStrictEqual(found("/AGENTS/EU-HQ1#/TEST/TESTJOB"), ["workstation EU-HQ1", "stream TESTJOB"])
    assert.deepStrictEqual(found("SCHEDULE EU#NIGHTLY"), ["workstation EU", "stream NIGHTLY"])
    assert.deepStrictEqual(found("the job stream FINAL and the job MAKEPLAN on workstation EU-HQ1"), [
      "stream FINAL",
      "job MAKEPLAN",
      "workstation EU-HQ1"
    ])
  })

  it("takes states and places to fill in for no names", () => {
    assert.deepStrictEqual(found("a job READY, the job stream STUCK, WORKSTATION#STREAM.JOB"), [])
  })

  it("says where each stands", () => {
    const text = "see EU-HQ1#PAYROLL.LOAD and AWSBHT001E"
    for (const { end, start, value } of recognize(text)) assert.strictEqual(text.slice(start, end), value)
  })
})
