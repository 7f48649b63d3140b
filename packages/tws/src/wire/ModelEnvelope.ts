import { Option, Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { ModelObjectId } from "../model/Ids.ts"
import type * as Model from "../model/ModelObject.ts"
import { text } from "./Field.ts"

/** `ModelObject…`: the envelope around a definition. */
export const ModelEnvelope = Schema.Struct({
  kind: text,
  key: text,
  def: Schema.Record(Schema.String, Schema.Json)
})

const idOf = Schema.decodeUnknownOption(ModelObjectId)

const textOf = (value: Schema.Json | undefined): string | undefined => (typeof value === "string" ? value : undefined)

/** The definition in the words of the model. */
export const toModelObject =
  (kind: Model.ModelKind) =>
  (wire: typeof ModelEnvelope.Type): Model.ModelObject => {
    const { id, name, folder, workstation, description } = wire.def
    return {
      kind,
      // Folders carry their path as `folder` and may lack a name; their key always tells it.
      name: textOf(name) ?? wire.key ?? "",
      definition: wire.def,
      ...compact({
        id: Option.getOrUndefined(idOf(id)),
        key: wire.key,
        folder: textOf(folder),
        workstation: textOf(workstation),
        description: textOf(description)
      })
    }
  }
