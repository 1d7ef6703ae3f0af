/** How every ffmpeg run begins: no questions, errors only, and no way to reach the network or other protocols. */
export const ffmpegStart: ReadonlyArray<string> = [
  "-nostdin",
  "-hide_banner",
  "-v",
  "error",
  "-protocol_whitelist",
  "file,pipe"
]
