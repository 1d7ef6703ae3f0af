/**
 * What the player does. It asks for nothing but the sound, and for that only when it is to be heard or sought in. The
 * clip of the played bars is moved by attributes, which a policy without inline styles lets pass.
 */
export const playerScript = `
"use strict"
const find = (id) => document.getElementById(id)
const [sound, play, seek, played, now, message] = ["sound", "play", "seek", "played-part", "now", "message"].map(find)
const total = Number(seek.dataset.duration)
/** Seconds asked for before the sound is known. */
let asked

const position = () => Math.min(total, asked ?? sound.currentTime)
const clock = (seconds) => {
  const whole = Math.floor(seconds)
  const two = (n) => String(n).padStart(2, "0")
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return (hours > 0 ? hours + ":" + two(minutes) : String(minutes)) + ":" + two(whole % 60)
}
const show = () => {
  const at = position()
  now.textContent = clock(at)
  seek.setAttribute("aria-valuenow", String(Math.floor(at)))
  seek.setAttribute("aria-valuetext", clock(at) + " of " + clock(total))
  played.setAttribute("width", String((at / total) * 1000))
  const playing = !sound.paused && !sound.ended
  play.classList.toggle("playing", playing)
  play.setAttribute("aria-label", playing ? "Pause" : "Play")
}
const goTo = (seconds) => {
  const at = Math.max(0, Math.min(total, seconds))
  if (sound.readyState === 0) {
    asked = at
    if (sound.networkState !== HTMLMediaElement.NETWORK_LOADING) {
      sound.preload = "metadata"
      sound.load()
    }
  } else sound.currentTime = at
  show()
}
const toggle = () => {
  if (!sound.paused) return sound.pause()
  message.textContent = ""
  if (sound.error !== null) sound.load()
  sound.play().catch((error) => {
    if (error.name !== "AbortError") message.textContent = "This track cannot be played at the moment."
  })
}

const step = 5
const keys = {
  ArrowRight: () => goTo(position() + step),
  ArrowUp: () => goTo(position() + step),
  ArrowLeft: () => goTo(position() - step),
  ArrowDown: () => goTo(position() - step),
  PageUp: () => goTo(position() + total / 10),
  PageDown: () => goTo(position() - total / 10),
  Home: () => goTo(0),
  End: () => goTo(total),
  " ": toggle
}
const pointTo = (event) => {
  const { left, width } = seek.getBoundingClientRect()
  goTo(((event.clientX - left) / width) * total)
}

play.addEventListener("click", toggle)
seek.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !Object.hasOwn(keys, event.key)) return
  event.preventDefault()
  keys[event.key]()
})
seek.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return
  seek.setPointerCapture(event.pointerId)
  pointTo(event)
})
seek.addEventListener("pointermove", (event) => {
  if (seek.hasPointerCapture(event.pointerId)) pointTo(event)
})
sound.addEventListener("loadedmetadata", () => {
  if (asked !== undefined) sound.currentTime = asked
  asked = undefined
})
for (const event of ["play", "pause", "ended", "timeupdate", "seeking", "loadedmetadata"]) sound.addEventListener(event, show)
sound.controls = false
for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false
show()
`
