import type { Justification } from "../model/Justification.ts"
import { compact } from "./compact.ts"

/** Header values are visible ASCII and spaces; anything else is percent-encoded, so that the text stays readable. */
const headerText = (text: string): string =>
  text.trim().replaceAll(/[^\x20-\x7e]/gu, (character) =>
    // A lone surrogate has no encoding.
    /\p{Cs}/u.test(character) ? "%EF%BF%BD" : encodeURIComponent(character)
  )

/** The headers that carry an operator's reason into the scheduler's audit trail. */
export const justification = (given: Justification | undefined): Readonly<Record<string, string>> =>
  given === undefined
    ? {}
    : compact({
        "Justification-Description": headerText(given.reason),
        "Justification-Ticket-Num": given.ticket === undefined ? undefined : headerText(given.ticket),
        "Justification-Category": given.category === undefined ? undefined : headerText(given.category)
      })
