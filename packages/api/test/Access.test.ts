import { assert, describe, it } from "@effect/vitest"
import * as Access from "@resync/api/Access"
import { Api } from "@resync/api/Api"
import { Authentication } from "@resync/api/Authentication"
import { reading } from "@resync/identity/model/Permission"

const endpoints = Object.values(Api.groups).flatMap((group) =>
  Object.values(group.endpoints).map((endpoint) => ({
    name: `${endpoint.method} ${endpoint.path}`,
    access: Access.of(endpoint),
    authenticated: endpoint.middlewares.has(Authentication),
    // A question to the knowledge is too long for a URL.
    changes: endpoint.method !== "GET" && !/\/(rag|assistant)\//.test(endpoint.path)
  }))
)

const looking: ReadonlySet<string> = new Set(reading)

describe("who may use an endpoint", () => {
  for (const { access, authenticated, changes, name } of endpoints) {
    it(`${name} is said: ${access}`, () => {
      assert.isDefined(access)
      // What is not public is enforced.
      assert.isTrue(authenticated || access === "public")
      // Nothing is changed by a right to look.
      if (changes && access !== undefined) assert.isFalse(looking.has(access))
    })
  }
})
