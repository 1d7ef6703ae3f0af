/** What a sample file says about itself; texts are written as they are. */
export interface SampleTags {
  readonly title: string
  readonly artist: string
  readonly album: string
  readonly genre: string
  readonly year: number
  readonly bpm: number
  readonly musicalKey: string
}

const synchsafe = (size: number) =>
  Buffer.from([(size >> 21) & 0x7f, (size >> 14) & 0x7f, (size >> 7) & 0x7f, size & 0x7f])

const utf8 = 3

const textFrame = (id: string, text: string): Buffer => {
  const body = Buffer.concat([Buffer.from([utf8]), Buffer.from(text, "utf8")])
  return Buffer.concat([Buffer.from(id, "latin1"), synchsafe(body.length), Buffer.alloc(2), body])
}

/** An ID3v2.4 tag of text frames in UTF-8. */
export const id3Tag = (tags: SampleTags): Buffer => {
  const frames = Buffer.concat([
    textFrame("TIT2", tags.title),
    textFrame("TPE1", tags.artist),
    textFrame("TALB", tags.album),
    textFrame("TCON", tags.genre),
    textFrame("TDRC", String(tags.year)),
    textFrame("TBPM", String(tags.bpm)),
    textFrame("TKEY", tags.musicalKey)
  ])
  return Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 4, 0, 0]), synchsafe(frames.length), frames])
}
