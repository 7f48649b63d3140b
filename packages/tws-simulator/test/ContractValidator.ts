import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { Predicate } from "effect"
import contract from "../contract/hwa-rest-v2-10.1.openapi.json" with { type: "json" }

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => Predicate.isObject(value) && !Array.isArray(value)

/**
 * The vendor's schemas are generated and need three corrections before they can judge an answer: unions whose members
 * all match are told apart by their discriminator, zero bounds on integers are noise, and an object may have no field
 * that the description does not name.
 */
const discriminators: Record<string, { readonly field: string; readonly schemas: Record<string, string> }> = {
  DependencyInPlanV2: {
    field: "dependencyType",
    schemas: {
      INTERNAL: "InternalDependencyInPlanV2",
      EXTERNAL_JOB: "ExternalJobDependencyInPlanV2",
      EXTERNAL_JOBSTREAM: "ExternalJobStreamDependencyInPlanV2",
      FILE: "FileDependencyInPlanV2",
      RESOURCE: "ResourceDependencyInPlanV2",
      PROMPT: "PromptDependencyInPlanV2"
    }
  },
  FlowNodeInPlanV2: { field: "flowNodeType", schemas: { JOB: "JobInPlanV2", JOBSTREAM: "JobStreamInPlanV2" } }
}

const corrected = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(corrected)
  if (!isObject(schema)) return schema
  const { maximum, minimum, ...rest } = schema
  const result: Json = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, corrected(value)]))
  if (maximum !== undefined && maximum !== 0) result["maximum"] = maximum
  if (minimum !== undefined && minimum !== 0) result["minimum"] = minimum
  if (isObject(schema["properties"]) && schema["additionalProperties"] === undefined) {
    result["additionalProperties"] = false
  }
  return result
}

const union = (name: string): Json | undefined => {
  const discriminator = discriminators[name]
  if (discriminator === undefined) return undefined
  const { field, schemas } = discriminator
  return {
    type: "object",
    required: [field],
    properties: { [field]: { enum: Object.keys(schemas) } },
    allOf: Object.entries(schemas).map(([value, schema]) => ({
      if: { properties: { [field]: { const: value } } },
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's
      then: { $ref: `#/components/schemas/${schema}` }
    }))
  }
}

const schemas = Object.fromEntries(
  Object.entries(contract.components.schemas).map(([name, schema]) => [name, union(name) ?? corrected(schema)])
)

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
for (const format of ["int32", "int64", "binary", "byte", "float", "double"]) ajv.addFormat(format, true)
ajv.addSchema({ $id: "contract", components: { schemas } })

const compiled = new Map<string, ValidateFunction>()

const validator = (key: string, schema: unknown): ValidateFunction => {
  const known = compiled.get(key)
  if (known !== undefined) return known
  const text = JSON.stringify(corrected(schema)).replaceAll('"#/components/', '"contract#/components/')
  const validate = ajv.compile(JSON.parse(text))
  compiled.set(key, validate)
  return validate
}

const problems = (validate: ValidateFunction, value: unknown): ReadonlyArray<string> =>
  validate(value)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)

/** What is wrong with a value as a schema of this name. */
export const schemaProblems = (name: string, value: unknown): ReadonlyArray<string> =>
  problems(validator(name, { $ref: `#/components/schemas/${name}` }), value)

const field = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)

/** What is wrong with an answer to an operation of the contract; an operation that is not in it is a problem too. */
export const answerProblems = (method: string, path: string, status: number, value: unknown): ReadonlyArray<string> => {
  const operation = field(field(contract.paths, path), method.toLowerCase())
  const response = field(field(operation, "responses"), String(status))
  if (response === undefined) return [`${method} ${path} has no answer ${status} in the contract`]
  const schema = field(field(field(response, "content"), "application/json"), "schema")
  return schema === undefined ? [] : problems(validator(`${method} ${path} ${status}`, schema), value)
}

/** The template of the contract that a concrete path fits, the one with fewest parameters first. */
export const templateOf = (path: string): string | undefined => {
  const parts = path.split("/")
  return Object.keys(contract.paths)
    .filter((template) => {
      const others = template.split("/")
      return others.length === parts.length && others.every((part, i) => part.startsWith("{") || part === parts[i])
    })
    .sort((a, b) => a.split("{").length - b.split("{").length)[0]
}
