import { Schema } from "effect"
import { AuthorityTier } from "./Document.ts"
import { DocumentId, PassageId } from "./Ids.ts"
import { MediaType } from "./MediaType.ts"

/** What to search in. Everything given must hold; of a list, any. */
export const SearchFilter = Schema.Struct({
  tags: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  sources: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  versions: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  platforms: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  mediaTypes: Schema.optionalKey(Schema.Array(MediaType)),
  authorities: Schema.optionalKey(Schema.Array(AuthorityTier)),
  documentIds: Schema.optionalKey(Schema.Array(DocumentId))
}).annotate({ identifier: "SearchFilter" })
export interface SearchFilter extends Schema.Schema.Type<typeof SearchFilter> {}

export const SearchRequest = Schema.Struct({
  query: Schema.Trim.check(Schema.isNonEmpty(), Schema.isMaxLength(2_000)),
  filter: Schema.optionalKey(SearchFilter),
  /** Hits: 1 to 100; 10 when absent. */
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))),
  /** `hybrid` when absent. */
  mode: Schema.optionalKey(Schema.Literals(["hybrid", "lexical", "vector"])),
  /** Shows how each score came about. */
  explain: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "SearchRequest" })
export interface SearchRequest extends Schema.Schema.Type<typeof SearchRequest> {}

/** A stretch of a text, the end not included, in UTF-16 units. */
export const Stretch = Schema.Struct({ start: Schema.Int, end: Schema.Int })

/** How a score came about. */
export const ScoreExplanation = Schema.Struct({
  /** BM25 of the passage, and of it what each term added. */
  lexical: Schema.NullOr(Schema.Finite),
  terms: Schema.Array(Schema.Struct({ term: Schema.String, field: Schema.String, score: Schema.Finite })),
  /** Cosine of query and passage. */
  vector: Schema.NullOr(Schema.Finite),
  /** Both after they were brought to one scale, and the weight of the lexical one. */
  normalized: Schema.Struct({ lexical: Schema.Finite, vector: Schema.Finite }),
  lexicalWeight: Schema.Finite,
  /** Whether an id or a name of the query stands in the passage, which puts it first. */
  exact: Schema.Boolean
}).annotate({ identifier: "ScoreExplanation" })

/** A passage that was found; neighbours that were found too are one passage with it. */
export const SearchHit = Schema.Struct({
  passageIds: Schema.NonEmptyArray(PassageId),
  documentId: DocumentId,
  title: Schema.String,
  source: Schema.NullOr(Schema.String),
  headings: Schema.Array(Schema.String),
  page: Schema.NullOr(Schema.Int),
  text: Schema.String,
  /** Where the text lies in the document's text. */
  start: Schema.Int,
  end: Schema.Int,
  /** Words of the query within `text`. */
  highlights: Schema.Array(Stretch),
  /** 0 to 1; comparable within one answer only. */
  score: Schema.Finite,
  explanation: Schema.optionalKey(ScoreExplanation),
  /** Other documents that say the same and were folded into this one. */
  duplicates: Schema.Array(DocumentId)
}).annotate({ identifier: "SearchHit" })
export interface SearchHit extends Schema.Schema.Type<typeof SearchHit> {}

export const SearchResult = Schema.Struct({
  hits: Schema.Array(SearchHit),
  /** `exact` looks for ids and names, `semantic` for meaning. */
  queryClass: Schema.Literals(["exact", "semantic", "mixed"]),
  /** Whether vectors took part; they do not while the first index is built or the embedder is away. */
  vectors: Schema.Boolean
}).annotate({ identifier: "SearchResult" })
export interface SearchResult extends Schema.Schema.Type<typeof SearchResult> {}
