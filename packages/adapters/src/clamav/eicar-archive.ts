import { crc32 } from "node:zlib"

// In two halves: a scanner on this machine must not report this file.
const eicar = Buffer.from(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join(""))
const name = Buffer.from("eicar.com")
const localMagic = Buffer.from("PK\x03\x04")
const pieceSize = 64 * 1024

const short = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8])
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Version, flags, method (stored), time and date, then CRC, sizes and name length. */
const entry = Buffer.concat([
  ...[20, 0, 0, 0, 0x21].map(short),
  ...[crc32(eicar), eicar.length, eicar.length].map(long),
  ...[name.length, 0].map(short)
])
const member = Buffer.concat([localMagic, entry, name, eicar])

/** The end of an archive whose only member begins at `offset`. */
const tail = (offset: number): Buffer => {
  const directory = [Buffer.from("PK\x01\x02"), short(20), entry, ...[0, 0, 0].map(short), long(0), long(offset), name]
  const central = Buffer.concat(directory)
  const end = [...[0, 0, 1, 1].map(short), long(central.length), long(offset + member.length), short(0)]
  return Buffer.concat([member, central, Buffer.from("PK\x05\x06"), ...end])
}

/** The least size of a test archive, in bytes. */
export const leastArchive = localMagic.length + tail(0).length + eicar.length

/**
 * A ZIP archive of filler with EICAR as its last member, so large that archive and member together make `bytes`: clamd
 * adds both up against MaxScanSize. A member, because the official signature matches EICAR at the start of a file only.
 */
export function* eicarArchive(bytes: number): Generator<Uint8Array> {
  const offset = bytes - eicar.length - tail(0).length
  yield localMagic
  const filler = Buffer.alloc(pieceSize, "music ")
  for (let left = offset - localMagic.length; left > 0; left -= pieceSize) yield filler.subarray(0, left)
  yield tail(offset)
}
