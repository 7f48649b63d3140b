export * from "../src/testing/RecordingTracer.ts"
