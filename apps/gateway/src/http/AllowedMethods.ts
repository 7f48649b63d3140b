import { Api } from "@resync/api/Api"
import { FindMyWay } from "effect/http"

/** The methods of what is served beside the contract. */
const besides = [
  ["GET", "/openapi.json"],
  ["GET", "/docs"]
] as const

const methodsByPath = new Map<FindMyWay.PathInput, Set<string>>()

const add = (method: string, path: FindMyWay.PathInput) => {
  const methods = methodsByPath.get(path) ?? new Set<string>()
  methodsByPath.set(path, methods.add(method))
  if (method === "GET") methods.add("HEAD")
}

for (const [method, path] of besides) add(method, path)
for (const group of Object.values(Api.groups)) {
  for (const endpoint of Object.values(group.endpoints)) add(endpoint.method, endpoint.path)
}

const router = FindMyWay.make<ReadonlyArray<string>>()
for (const [path, methods] of methodsByPath) router.on("GET", path, [...methods].sort())

/** The methods that the path of a URL takes; none when nothing is served there. */
export const of = (url: string): ReadonlyArray<string> => router.find("GET", url)?.handler ?? []
