import * as Setting from "@resync/service/Setting"
import * as Variable from "@resync/service/Variable"
import { type Config, Context, Duration, Layer } from "effect"

/** What an operator can set about the service itself. */
export const settings = {
  port: Setting.make({
    name: "RESYNC_PORT",
    read: Variable.port,
    fallback: 8080,
    meaning: "The TCP port to listen on; 0 takes a free one."
  }),
  host: Setting.make({
    name: "RESYNC_HOST",
    read: Variable.text,
    fallback: "127.0.0.1",
    meaning: "The address to listen on; `0.0.0.0` or `::` for all."
  }),
  maxHeaderSize: Setting.make({
    name: "RESYNC_MAX_HEADER_SIZE",
    read: Variable.bytes,
    fallback: 16_384,
    meaning: "Bytes of a request's header without its first line; more is answered with 431."
  }),
  maxUrlSize: Setting.make({
    name: "RESYNC_MAX_URL_SIZE",
    read: Variable.bytes,
    fallback: 8_192,
    meaning: "Bytes of a request's path and query; more is answered with 414."
  }),
  maxBodySize: Setting.make({
    name: "RESYNC_MAX_BODY_SIZE",
    read: Variable.bytes,
    fallback: 1_048_576,
    meaning: "Bytes of a request's body; more is answered with 413."
  }),
  uploadMaxFileSize: Setting.make({
    name: "RAG_MAX_FILE_SIZE",
    read: Variable.bytes,
    fallback: 100_000_000,
    meaning: "Bytes of a file that is uploaded; more is answered with 413."
  }),
  uploadMaxFiles: Setting.make({
    name: "RESYNC_UPLOAD_MAX_FILES",
    read: Variable.count,
    fallback: 10,
    meaning: "Files in one upload; more are answered with 413."
  }),
  uploadTimeout: Setting.make({
    name: "RESYNC_UPLOAD_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.minutes(10),
    shown: "10 minutes",
    meaning: "Time for a whole upload to arrive, instead of RESYNC_REQUEST_TIMEOUT."
  }),
  uploadDir: Setting.make({
    name: "RESYNC_UPLOAD_DIR",
    read: Variable.text,
    fallback: "",
    meaning: "The directory for uploads while they arrive; the system's own for temporary files when not set."
  }),
  headersTimeout: Setting.make({
    name: "RESYNC_HEADERS_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(10),
    shown: "10 seconds",
    meaning: "Time for a request's header to arrive; later is answered with 408."
  }),
  requestTimeout: Setting.make({
    name: "RESYNC_REQUEST_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(30),
    shown: "30 seconds",
    meaning: "Time for a whole request to arrive, its header included; later is answered with 408."
  }),
  keepAliveTimeout: Setting.make({
    name: "RESYNC_KEEP_ALIVE_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(65),
    shown: "65 seconds",
    meaning: "How long a connection may wait for its next request. Longer than that of a proxy in front."
  }),
  idleTimeout: Setting.make({
    name: "RESYNC_IDLE_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(90),
    shown: "90 seconds",
    meaning:
      "How long a connection may move no byte, a client that does not read its answer included, before it is cut."
  }),
  maxConnections: Setting.make({
    name: "RESYNC_MAX_CONNECTIONS",
    read: Variable.count,
    fallback: 4_096,
    meaning: "Connections at the same time; more are closed at once."
  }),
  maxRequestsPerConnection: Setting.make({
    name: "RESYNC_MAX_REQUESTS_PER_CONNECTION",
    read: Variable.count,
    fallback: 100_000,
    meaning: "Requests on one connection before the client is asked to make a new one."
  }),
  shutdownTimeout: Setting.make({
    name: "RESYNC_SHUTDOWN_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(15),
    shown: "15 seconds",
    meaning: "How long requests under way may take to finish when the service stops."
  }),
  eventsInterval: Setting.make({
    name: "RESYNC_EVENTS_INTERVAL",
    read: Variable.duration,
    fallback: Duration.seconds(5),
    shown: "5 seconds",
    meaning: "The pause between two readings of the plan while somebody listens to its events."
  }),
  eventsHeartbeat: Setting.make({
    name: "RESYNC_EVENTS_HEARTBEAT",
    read: Variable.duration,
    fallback: Duration.seconds(15),
    shown: "15 seconds",
    meaning: "The longest silence on a stream of events. Shorter than RESYNC_IDLE_TIMEOUT."
  })
} as const

/** How the service is set up. */
export class GatewayConfig extends Context.Service<
  GatewayConfig,
  { readonly [K in keyof typeof settings]: Config.Success<(typeof settings)[K]["config"]> }
>()("@resync/gateway/GatewayConfig") {
  /** From the environment. */
  static readonly layer = Layer.effect(GatewayConfig, Setting.readAll(settings))
}
