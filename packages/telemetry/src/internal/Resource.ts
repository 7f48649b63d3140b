import { Version } from "effect"
import * as Attributes from "./Attributes.ts"
import { ProtobufWriter } from "./ProtobufWriter.ts"

/** The instrumentation scope of all that this package sends. */
export const scopeName = "@resync/telemetry"
export const scopeVersion = "0.1.0"

/** What describes this process on each batch, encoded once in both forms. */
export interface Resource {
  readonly protobuf: Uint8Array
  readonly json: object
}

export const make = (attributes: Readonly<Record<string, string>>): Resource => {
  const all: Record<string, string | number> = {
    "telemetry.sdk.name": "effect",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": Version.getCurrentVersion(),
    "process.pid": process.pid,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    ...attributes
  }
  const writer = new ProtobufWriter(1024)
  const resource = writer.begin(1)
  for (const [key, value] of Object.entries(all)) Attributes.writeKeyValue(writer, 1, key, value)
  writer.end(resource)
  return {
    protobuf: writer.finish(),
    json: { attributes: Object.entries(all).map(([key, value]) => Attributes.toKeyValue(key, value)) }
  }
}

/**
 * Frames a batch: one resource, one scope. The shape `Data { 1: Resource… { 1: resource, 2: Scope… { 1: scope, 2: items } } }`
 * is the same for traces, metrics and logs.
 */
export const frame = (writer: ProtobufWriter, resource: Resource, items: () => void): Uint8Array => {
  const data = writer.begin(1)
  writer.raw(resource.protobuf)
  const perScope = writer.begin(2)
  const scope = writer.begin(1)
  writer.string(1, scopeName)
  writer.string(2, scopeVersion)
  writer.end(scope)
  items()
  writer.end(perScope)
  writer.end(data)
  return writer.finish()
}

export const scopeJson = { name: scopeName, version: scopeVersion }
