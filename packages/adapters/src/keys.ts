export { deriveKey, sameText, sign } from "./crypto/keys.ts"
