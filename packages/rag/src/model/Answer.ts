import { Schema } from "effect"
import { SearchFilter } from "./Search.ts"

/** A passage that an answer cites. `number` is the mark `[n]` in the text. */
export const Citation = Schema.Struct({
  number: Schema.Int,
  passageId: Schema.String,
  documentId: Schema.String,
  title: Schema.String,
  headings: Schema.Array(Schema.String),
  /** Where the passage lies in the document's text. */
  start: Schema.Int,
  end: Schema.Int
})
export type Citation = typeof Citation.Type

/** The words of a cited passage that a claim rests on, and where they lie in the document's text. */
export const Ground = Schema.Struct({
  number: Schema.Int,
  quote: Schema.String,
  start: Schema.Int,
  end: Schema.Int
})

/** A sentence of an answer and what it rests on. */
export const Claim = Schema.Struct({
  text: Schema.String,
  grounds: Schema.NonEmptyArray(Ground)
})
export type Claim = typeof Claim.Type

/** A passage near the question, shown when nothing answers it. */
export const Nearest = Schema.Struct({
  passageId: Schema.String,
  documentId: Schema.String,
  title: Schema.String,
  headings: Schema.Array(Schema.String),
  text: Schema.String
})
export type Nearest = typeof Nearest.Type

/** Written by a model, or put together from sentences of the passages because no model was there or none could be used. */
export const Answered = Schema.TaggedStruct("Answered", {
  by: Schema.Literals(["model", "extraction"]),
  /** The claims in order, each with its marks. */
  text: Schema.String,
  claims: Schema.NonEmptyArray(Claim),
  citations: Schema.NonEmptyArray(Citation)
})

/** The knowledge base does not say. */
export const NotFound = Schema.TaggedStruct("NotFound", {
  text: Schema.String,
  /** Why nothing was used: no passage at all, passages that lack the words of the question, or a model that declined. */
  reason: Schema.Literals(["no-passages", "weak-evidence", "not-answered"]),
  nearest: Schema.Array(Nearest)
})

/** An answer that proves itself, or the plain word that there is none. */
export const Answer = Schema.Union([Answered, NotFound])
export type Answer = typeof Answer.Type

/** What an answer says when it found nothing. */
export const notFoundText = "Not found in the knowledge base."

/** A question to the knowledge base. */
export const Question = Schema.Struct({
  question: Schema.Trim.check(Schema.isNonEmpty(), Schema.isMaxLength(2_000)),
  filter: Schema.optionalKey(SearchFilter)
}).annotate({ identifier: "Question" })
export interface Question extends Schema.Schema.Type<typeof Question> {}

/** An answer as it is written: claims as soon as each is bound to its passages, and the whole at the end. */
export const AnswerEvent = Schema.Union([
  Schema.TaggedStruct("Claimed", { text: Schema.String, passageIds: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("Finished", { answer: Answer })
])
export type AnswerEvent = typeof AnswerEvent.Type
