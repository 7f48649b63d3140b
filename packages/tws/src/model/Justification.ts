import { Schema } from "effect"

/** Header values travel as Latin-1; what else stands in the text is percent-encoded on the way. */
const text = (maximum: number) => Schema.NonEmptyString.check(Schema.isMaxLength(maximum))

/** Why an operator acts. It goes with the action into the scheduler's own audit trail. */
export const Justification = Schema.Struct({
  reason: text(512),
  ticket: Schema.optionalKey(text(128)),
  category: Schema.optionalKey(text(128))
}).annotate({ identifier: "Justification" })
export interface Justification extends Schema.Schema.Type<typeof Justification> {}
