const width = 24

/** Draws a progress bar on one line of a terminal's standard error; elsewhere it stays silent. */
export const drawProgress = (done: number, total: number, what: string): void => {
  if (!process.stderr.isTTY) return
  const filled = total === 0 ? width : Math.round((done / total) * width)
  const bar = "█".repeat(filled) + "░".repeat(width - filled)
  process.stderr.write(`\r\x1b[2K  ${bar} ${done}/${total} ${what.slice(0, 40)}${done === total ? "\n" : ""}`)
}

/** Takes it away again. */
export const clearProgress = (): void => {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K")
}
