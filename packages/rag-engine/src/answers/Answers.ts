import type { Answer, AnswerEvent } from "@resync/rag/model/Answer"
import { Array as Arr, Context, Effect, Layer, Option, Random, Ref, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { compose, type Grounded, notFound } from "./compose.ts"
import { strength } from "./coverage.ts"
import type { Evidence, Vocabulary } from "./Evidence.ts"
import { extract } from "./extract.ts"
import { ground } from "./ground.ts"
import { declined, promptOf } from "./prompt.ts"
import { sentencesOf } from "./sentences.ts"

/** A question, and what retrieval found for it, best first. */
export interface Question {
  readonly question: string
  readonly evidence: ReadonlyArray<Evidence>
  readonly vocabulary: Vocabulary
}

export interface AnswersOptions {
  /** The share of the question's words, by weight, that one passage has to hold, or nothing is answered. Default: 0.5. */
  readonly minimumEvidence?: number
  /** Passages that a model is given. Default: 8. */
  readonly maxPassages?: number
}

/** What is answered without a model: sentences of the passages themselves. */
const extracted = ({ evidence, question, vocabulary }: Question): Answer => {
  const sentences = extract(vocabulary, question, evidence).map(
    ({ passage, start, text }): Grounded => ({ text, sources: [{ passage, quote: text, at: start }] })
  )
  return Arr.isReadonlyArrayNonEmpty(sentences) ? compose("extraction", sentences) : notFound("weak-evidence", evidence)
}

const claimed = (grounded: Grounded): AnswerEvent => ({
  _tag: "Claimed",
  text: grounded.text,
  passageIds: grounded.sources.map(({ passage }) => passage.passageId)
})

/** An answer at once, as the events that lead to it. */
const settled = (answer: Answer): Stream.Stream<AnswerEvent> => {
  if (answer._tag === "NotFound") return Stream.succeed({ _tag: "Finished", answer })
  const passages = new Map(answer.citations.map(({ number, passageId }) => [number, passageId]))
  return Stream.fromIterable<AnswerEvent>([
    ...answer.claims.map(
      ({ grounds, text }): AnswerEvent => ({
        _tag: "Claimed",
        text,
        passageIds: grounds.flatMap(({ number }) => passages.get(number) ?? [])
      })
    ),
    { _tag: "Finished", answer }
  ])
}

/**
 * Answers questions from passages, each claim bound to one. Weak evidence is not answered at all, and no model is asked
 * about it. A model's sentences are kept where their passages bear them out. When there is no model, or it fails before it
 * has said anything usable, the answer is put together from the passages' own sentences and marked so.
 */
export class Answers extends Context.Service<
  Answers,
  {
    readonly answer: (question: Question) => Effect.Effect<Answer>
    /** The same, as it is written. The last event is `Finished`. */
    readonly stream: (question: Question) => Stream.Stream<AnswerEvent>
  }
>()("@resync/rag-engine/Answers") {
  /** Uses the `LanguageModel` in its context, and does without where there is none. */
  static readonly layer = ({ maxPassages = 8, minimumEvidence = 0.5 }: AnswersOptions = {}) =>
    Layer.effect(
      Answers,
      Effect.gen(function* () {
        const model = yield* Effect.serviceOption(LanguageModel.LanguageModel)

        const written = (model: LanguageModel.LanguageModel, asked: Question) =>
          Stream.unwrap(
            Effect.gen(function* () {
              const evidence = asked.evidence.slice(0, maxPassages)
              const boundary = `=====${(yield* Random.nextIntBetween(0x10000000, 0x7fffffff)).toString(36)}=====`
              const kept = yield* Ref.make<ReadonlyArray<Grounded>>([])
              const silent = yield* Ref.make(false)
              const sentences = model.streamText({ prompt: promptOf(asked.question, evidence, boundary) }).pipe(
                Stream.flatMap((part) => (part.type === "text-delta" ? Stream.succeed(part.delta) : Stream.empty)),
                Stream.mapAccum(
                  () => "",
                  (open, delta): [string, ReadonlyArray<string>] => {
                    const found = sentencesOf(open + delta)
                    const last = found.at(-1)
                    return last === undefined
                      ? [open + delta, []]
                      : [(open + delta).slice(last.start), found.slice(0, -1).map(({ text }) => text)]
                  },
                  { onHalt: (open) => sentencesOf(open).map(({ text }) => text) }
                )
              )
              const claims = sentences.pipe(
                Stream.tap((sentence) => (sentence.startsWith(declined) ? Ref.set(silent, true) : Effect.void)),
                Stream.map((sentence) => ground(asked.vocabulary, asked.question, sentence, evidence)),
                Stream.filter((grounded) => grounded !== undefined),
                Stream.tap((grounded) => Ref.update(kept, Arr.append(grounded))),
                Stream.map(claimed),
                // A model that fails has said what it has said: those claims stand.
                Stream.catchCause((cause) =>
                  Stream.fromEffectDrain(Effect.logWarning("The language model did not finish its answer", cause))
                )
              )
              const end = Stream.unwrap(
                Effect.gen(function* () {
                  const grounded = yield* Ref.get(kept)
                  if (Arr.isReadonlyArrayNonEmpty(grounded)) {
                    return Stream.succeed<AnswerEvent>({ _tag: "Finished", answer: compose("model", grounded) })
                  }
                  return settled((yield* Ref.get(silent)) ? notFound("not-answered", evidence) : extracted(asked))
                })
              )
              return Stream.concat(claims, end)
            })
          )

        const stream = (asked: Question): Stream.Stream<AnswerEvent> => {
          if (asked.evidence.length === 0) return settled(notFound("no-passages", []))
          if (strength(asked.vocabulary, asked.question, asked.evidence) < minimumEvidence) {
            return settled(notFound("weak-evidence", asked.evidence))
          }
          return Option.match(model, {
            onNone: () => settled(extracted(asked)),
            onSome: (model) => written(model, asked)
          })
        }

        const answer = Effect.fn("Answers.answer")(function* (asked: Question) {
          const last = yield* Stream.runLast(stream(asked))
          return Option.isSome(last) && last.value._tag === "Finished" ? last.value.answer : extracted(asked)
        })

        return Answers.of({ answer, stream })
      })
    )
}
