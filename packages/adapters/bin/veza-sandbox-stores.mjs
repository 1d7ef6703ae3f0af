#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a sentence and not a syntax error.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `Veza needs Node 22.19 or newer and this is ${process.versions.node}: run it through \`npx -y pnpm@12.21.0\`, which brings its own.\n`
  )
  process.exit(1)
}
await import("#sandbox-stores")
