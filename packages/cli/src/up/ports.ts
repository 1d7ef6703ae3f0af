import { createServer } from "node:net"
import { Data, Effect } from "effect"

export class PortTaken extends Data.TaggedError("PortTaken")<{ readonly message: string }> {}

/** Tells before anything is started that a port is taken, and by which variable another is chosen. */
export const ensureFree = (port: number, variable: string): Effect.Effect<void, PortTaken> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () =>
      resume(
        Effect.fail(
          new PortTaken({ message: `Port ${port} is in use: stop what uses it, or choose another with ${variable}=….` })
        )
      )
    )
    server.listen(port, () => server.close(() => resume(Effect.void)))
  })
