import { Schema } from "effect"
import document from "../../contract/hwa-rest-v2-10.1.openapi.json" with { type: "json" }

const Operations = Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown))

const segments = (path: string): ReadonlyArray<string> => path.split("/").slice(1)

interface Template {
  readonly path: string
  readonly parts: ReadonlyArray<string>
  readonly methods: ReadonlySet<string>
}

const templates: ReadonlyArray<Template> = Object.entries(Schema.decodeUnknownSync(Operations)(document.paths)).map(
  ([path, operations]) => ({
    path,
    parts: segments(path),
    methods: new Set(Object.keys(operations).map((method) => method.toUpperCase()))
  })
)

/** The vendor's description of the API, as it is served at `/twsd/WA_API3_v2.json`. */
export const contract: unknown = document

/** The operations that the vendor describes for a path: `undefined` for a path that is not part of the API. */
export const describedPath = (path: string): Template | undefined => {
  const parts = segments(path)
  const fits = (template: Template): boolean =>
    template.parts.length === parts.length &&
    template.parts.every((part, index) => part.startsWith("{") || part === parts[index])
  const found = templates.filter(fits)
  return found.find((template) => !template.path.includes("{")) ?? found[0]
}
