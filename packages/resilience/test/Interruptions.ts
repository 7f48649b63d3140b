export * from "../src/testing/Interruptions.ts"
