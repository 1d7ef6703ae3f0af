export { zipArchiver } from "./archive/zip-archiver.ts"
