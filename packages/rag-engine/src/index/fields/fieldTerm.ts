import { fold } from "../text/Word.ts"
import type { Field, FieldKind } from "./recognize.ts"

/** Kinds by what their terms begin with. No word holds a `=`, so no term of a text is taken for a field. */
export const fieldTerm = (kind: FieldKind, value: string): string => `${kind}=${fold(value)}`

/** The kind and the value of a term that stands for a field. */
export const fieldOfTerm = (term: string): Pick<Field, "kind" | "value"> | undefined => {
  const at = term.indexOf("=")
  return at === -1 ? undefined : { kind: term.slice(0, at) as FieldKind, value: term.slice(at + 1) }
}

/** Kinds of which a name alone does not tell which one is meant. */
export const nameKinds = ["job", "stream", "workstation"] as const satisfies ReadonlyArray<FieldKind>
