import { Option, Schema } from "effect"
import { field, text, texts } from "./Field.ts"

/** The keys that error bodies were seen with; the vendor describes none for V2. */
const Body = Schema.Struct({
  messages: field(Schema.Union([Schema.Array(Schema.Json), Schema.String])),
  message: text,
  messageId: text,
  exceptionName: text,
  error: field(Schema.Json),
  errorMessage: text,
  details: texts
})

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Body))

/** What an error body says. */
export interface ErrorBody {
  readonly messages: ReadonlyArray<string>
  readonly messageIds: ReadonlyArray<string>
  readonly exceptionName: string | undefined
}

/** More than a scheduler ever has to say; a proxy's HTML page is not worth more. */
const longest = 2000

/** An AWS message id: component, number, severity, as in `AWSBIN076E`. */
const awsId = /\bAWS[A-Z]{3}\d{3,4}[IWE]\b/g

/** The message ids in the texts, in order and without repeats. */
export const messageIds = (messages: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(messages.flatMap((message) => message.match(awsId) ?? []))
]

const clip = (message: string) => (message.length > longest ? `${message.slice(0, longest)}…` : message)

/** Reads an error body in whichever form it comes: V1's and V2's JSON, or plain text. Markup says nothing to a reader. */
export const parseErrorBody = (body: string): ErrorBody => {
  const json = Option.getOrUndefined(decodeJson(body))
  const texts =
    json === undefined
      ? /^\s*</.test(body)
        ? []
        : [body.trim()]
      : [
          ...(typeof json.messages === "string" ? [json.messages] : (json.messages ?? [])),
          json.messageId !== null && json.messageId !== undefined && json.message?.includes(json.messageId) !== true
            ? `${json.messageId} ${json.message ?? ""}`.trim()
            : json.message,
          json.errorMessage,
          typeof json.error === "string" ? json.error : undefined,
          ...(json.details ?? [])
        ]
  const messages = texts
    .flatMap((text) =>
      typeof text === "string" ? [text] : text === null || text === undefined ? [] : [JSON.stringify(text)]
    )
    .filter((text) => text.length > 0)
    .map(clip)
  return {
    messages,
    messageIds: messageIds([...messages, body.slice(0, longest)]),
    exceptionName: json?.exceptionName ?? undefined
  }
}
