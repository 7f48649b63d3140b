import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import type { Refused } from "../model/Accepted.ts"
import { messageIds } from "./ErrorBody.ts"
import { field, flag, text } from "./Field.ts"

/** `ResourceResponseV2`, and `ActionResourceResponseV2` which adds that it may be an error after all. */
export const ActionAnswer = Schema.Struct({
  id: text,
  url: text,
  message: text,
  isError: flag,
  error: flag
})

/** `FilterActionResponseV2`: a bulk action's outcome, which is 200 however many failed. */
export const BulkAnswer = Schema.Struct({
  successfulResourceResponses: field(Schema.Array(ActionAnswer)),
  failedResourceResponses: field(Schema.Array(ActionAnswer))
})

/** Whether an answer within a 200 says that the action failed. */
export const isRefusal = (answer: typeof ActionAnswer.Type): boolean => answer.isError === true || answer.error === true

/** The refusal in the words of the model. */
export const toRefused = (answer: typeof ActionAnswer.Type): Refused => ({
  message: answer.message ?? "",
  ...compact({ id: answer.id, messageId: messageIds([answer.message ?? ""])[0] })
})
