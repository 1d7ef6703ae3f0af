export { localTrackFiles } from "./storage/local.ts"
