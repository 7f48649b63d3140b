import { type Config, Schema, SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong with the configuration, in one line that names the variable. */
export const ofError = (error: Config.ConfigError): string => {
  if (!(error.cause instanceof Schema.SchemaError)) return oneLine(error.cause.message)
  const [issue] = format(error.cause.issue).issues
  if (issue === undefined) return oneLine(error.message)
  // The numbers are places in a list, which the variable holds as a whole.
  const name = (issue.path ?? [])
    .map((segment) => String(typeof segment === "object" ? segment.key : segment))
    .filter((segment) => !/^\d+$/.test(segment))
    .join("_")
  return oneLine(name === "" ? issue.message : `${name}: ${issue.message}`)
}

const oneLine = (text: string) => text.replaceAll(/\s*\n\s*/g, ", ")
