export * from "../src/testing/MetricSeries.ts"
