interface Line {
  readonly echoes: Float64Array
  at: number
  low: number
}

const line = (frames: number): Line => ({ echoes: new Float64Array(frames), at: 0, low: 0 })

const feedback = 0.8
const damping = 0.35

/** Adds a feedback comb's echoes, which grow darker as in a real room, to `output`. */
const comb = (state: Line, input: Float64Array, output: Float64Array): void => {
  const { echoes } = state
  let { at, low } = state
  for (let i = 0; i < input.length; i++) {
    const echo = echoes[at] ?? 0
    low = echo * (1 - damping) + low * damping
    echoes[at] = (input[i] ?? 0) + low * feedback
    output[i] = (output[i] ?? 0) + echo
    at = at + 1 === echoes.length ? 0 : at + 1
  }
  state.at = at
  state.low = low
}

/** Thickens echoes in place without colouring them. */
const allPass = (state: Line, samples: Float64Array): void => {
  const { echoes } = state
  let { at } = state
  for (let i = 0; i < samples.length; i++) {
    const input = samples[i] ?? 0
    const delayed = echoes[at] ?? 0
    echoes[at] = input + delayed * 0.5
    samples[i] = delayed - input * 0.5
    at = at + 1 === echoes.length ? 0 : at + 1
  }
  state.at = at
}

const combFrames = [1116, 1188, 1277, 1356, 1422, 1491]
const allPassFrames = [556, 441]

/**
 * One channel of a small hall after Schroeder and Moorer, tuned for 44.1 kHz: takes successive blocks, gives their
 * echoes. `spread` shifts its delays by some frames so that left and right differ.
 */
export const reverb = (spread: number): ((input: Float64Array) => Float64Array) => {
  const combs = combFrames.map((frames) => line(frames + spread))
  const diffusers = allPassFrames.map((frames) => line(frames + spread))
  return (input) => {
    const output = new Float64Array(input.length)
    for (const state of combs) comb(state, input, output)
    for (const state of diffusers) allPass(state, output)
    return output
  }
}
