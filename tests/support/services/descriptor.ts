import { Schema } from "effect"

const Text = Schema.Record(Schema.String, Schema.String)

const Readiness = Schema.Struct({
  protocol: Schema.Literals(["postgres", "redis", "amqp", "clamd", "connect"]),
  port: Schema.Int
})
export type Readiness = typeof Readiness.Type

/** One process: everything that is needed to start it again from another process than the first. */
const ProcessDescriptor = Schema.Struct({
  command: Schema.String,
  args: Schema.Array(Schema.String),
  /** Added to the environment of whoever starts it. */
  env: Text,
  /** Working directory; every process of the service stays in it or below. */
  cwd: Schema.String,
  uid: Schema.optionalKey(Schema.Int),
  gid: Schema.optionalKey(Schema.Int),
  logFile: Schema.String,
  pidFile: Schema.String,
  ready: Readiness,
  /** Longest start in milliseconds. */
  startTimeoutMs: Schema.Int,
  stopSignal: Schema.Literals(["SIGTERM", "SIGINT", "SIGKILL"])
})
export type ProcessDescriptor = typeof ProcessDescriptor.Type

export const serviceNames = ["postgres", "redis", "rabbitmq", "clamd"] as const
export type ServiceName = (typeof serviceNames)[number]

/** A test server: its processes in the order they are started, and how its clients find it. */
const ServiceDescriptor = Schema.Struct({
  name: Schema.Literals(serviceNames),
  port: Schema.Int,
  /** URL of the server, or `host:port` for clamd. */
  address: Schema.String,
  processes: Schema.Array(ProcessDescriptor)
})
export type ServiceDescriptor = typeof ServiceDescriptor.Type

const File = Schema.fromJsonString(Schema.Array(ServiceDescriptor))

/** The content of the descriptor file. */
export const encodeDescriptors = Schema.encodeSync(File)

/** Reads the content of a descriptor file; throws when it is not one. */
export const decodeDescriptors = Schema.decodeUnknownSync(File)
