import { Schema } from "effect"
import { PromptStatus } from "./Dependency.ts"
import { PromptId } from "./Ids.ts"
import { openEnum } from "./OpenEnum.ts"
import { Instant } from "./Times.ts"

/** A question of the plan that a person answers with yes or no; what depends on it waits meanwhile. */
export const Prompt = Schema.Struct({
  id: PromptId,
  key: Schema.optionalKey(Schema.String),
  name: Schema.optionalKey(Schema.String),
  number: Schema.optionalKey(Schema.Int),
  text: Schema.optionalKey(Schema.String),
  status: PromptStatus,
  type: Schema.optionalKey(openEnum(["Ad Hoc Prompt", "Predefined Prompt", "Restart Prompt"])),
  workstation: Schema.optionalKey(Schema.String),
  jobKey: Schema.optionalKey(Schema.String),
  jobStreamKey: Schema.optionalKey(Schema.String),
  askedAt: Schema.optionalKey(Instant),
  answeredAt: Schema.optionalKey(Instant)
}).annotate({ identifier: "Prompt" })
export interface Prompt extends Schema.Schema.Type<typeof Prompt> {}
