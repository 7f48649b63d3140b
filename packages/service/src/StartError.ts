import { Schema } from "effect"

/** The service cannot start; the message is the one line that its operator gets to see. */
export class StartError extends Schema.TaggedError<StartError>()("StartError", { message: Schema.String }) {}
