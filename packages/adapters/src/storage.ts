export { BlockCache, blockSize } from "./storage/block-cache.ts"
export { localImageFiles } from "./storage/local-images.ts"
export { localExportFiles } from "./storage/export-files.ts"
export { localTrackFiles } from "./storage/local.ts"
