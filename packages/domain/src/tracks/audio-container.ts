/** Whether the ASCII text `text` stands at `offset`. */
export const hasAscii = (bytes: Uint8Array, offset: number, text: string): boolean => {
  if (offset + text.length > bytes.length) return false
  for (let i = 0; i < text.length; i++) {
    if (bytes[offset + i] !== text.charCodeAt(i)) return false
  }
  return true
}

/** RIFF/WAVE, and its 64-bit forms RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088). */
export const isWave = (head: Uint8Array): boolean =>
  ["RIFF", "RF64", "BW64"].some((id) => hasAscii(head, 0, id)) && hasAscii(head, 8, "WAVE")

/** AIFF and AIFF-C. */
export const isAiff = (head: Uint8Array): boolean =>
  hasAscii(head, 0, "FORM") && (hasAscii(head, 8, "AIFF") || hasAscii(head, 8, "AIFC"))

/** A native FLAC stream (RFC 9639): the marker, then a STREAMINFO block of 34 bytes. */
export const isFlac = (head: Uint8Array, offset: number): boolean =>
  hasAscii(head, offset, "fLaC") &&
  ((head[offset + 4] ?? 0xff) & 0x7f) === 0 &&
  head[offset + 5] === 0 &&
  head[offset + 6] === 0 &&
  head[offset + 7] === 34

const mp4Brand = /^(?:M4[ABVP] |mp4[12]|iso[m2-9a-c]|3gp[4-9]|dash|avc1|F4A )$/

/**
 * ISO base media (ISO/IEC 14496-12) whose major brand may hold AAC or ALAC audio; image and QuickTime brands are not
 * among them. Whether there is an audio track only the real parse can tell.
 */
export const isMp4Audio = (head: Uint8Array): boolean =>
  head.length >= 12 && hasAscii(head, 4, "ftyp") && mp4Brand.test(String.fromCharCode(...head.subarray(8, 12)))

const maxOggPages = 4

/**
 * Ogg (RFC 3533) whose first media stream is Vorbis or Opus. Skeleton pages, which only describe other streams, may
 * come before it.
 */
export const isOggAudio = (head: Uint8Array): boolean => {
  let page = 0
  for (let i = 0; i < maxOggPages; i++) {
    const segments = head[page + 26]
    if (segments === undefined || !hasAscii(head, page, "OggS") || head[page + 4] !== 0) return false
    const payload = page + 27 + segments
    if (hasAscii(head, payload, "\x01vorbis") || hasAscii(head, payload, "OpusHead")) return true
    if (!hasAscii(head, payload, "fishead\0")) return false
    page = head.subarray(page + 27, payload).reduce((end, length) => end + length, payload)
  }
  return false
}
