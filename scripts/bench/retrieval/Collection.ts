/** A folder with `docs.jsonl`, `queries.jsonl` and `qrels.jsonl`, and what it takes to judge a ranking by it. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

export interface Doc {
  readonly id: string
  readonly title?: string
  readonly text: string
}

export interface Collection {
  readonly name: string
  readonly docs: ReadonlyArray<Doc>
  /** Only those with a relevant document can be judged. */
  readonly queries: ReadonlyArray<{ readonly id: string; readonly text: string }>
  /** For each query how relevant documents are; those that are not are left out. */
  readonly relevant: ReadonlyMap<string, ReadonlyMap<string, number>>
}

const lines = <A>(file: string): ReadonlyArray<A> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as A)

const isCollection = (folder: string) =>
  ["docs", "queries", "qrels"].every((part) => existsSync(path.join(folder, `${part}.jsonl`)))

const readCollection = (folder: string): Collection => {
  const relevant = new Map<string, Map<string, number>>()
  for (const { did, qid, rel } of lines<{ qid: string; did: string; rel: number }>(path.join(folder, "qrels.jsonl"))) {
    if (rel <= 0) continue
    const judged = relevant.get(qid) ?? new Map<string, number>()
    judged.set(did, rel)
    relevant.set(qid, judged)
  }
  const queries = lines<{ id: string; text: string }>(path.join(folder, "queries.jsonl"))
  return {
    name: path.basename(folder),
    docs: lines<Doc>(path.join(folder, "docs.jsonl")),
    queries: queries.filter(({ id }) => relevant.has(id)),
    relevant
  }
}

/** The collections in a folder, or the folder itself when it is one. */
export const readCollections = (folder: string): ReadonlyArray<Collection> => {
  const folders = isCollection(folder)
    ? [folder]
    : readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => path.join(folder, entry.name))
        .filter(isCollection)
  return folders.toSorted().map(readCollection)
}
