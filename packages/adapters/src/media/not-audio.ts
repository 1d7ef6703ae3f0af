/** A file that holds no audio in an accepted format. Its message is meant for the person who uploaded it. */
export class NotAudio extends Error {
  override readonly name = "NotAudio"

  constructor(why: string, options?: ErrorOptions) {
    super(`The file could not be read as audio because ${why}; upload MP3, FLAC, WAV, OGG, M4A, AAC or AIFF.`, options)
  }
}
