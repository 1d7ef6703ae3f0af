export { sharpImages } from "./images/sharp-images.ts"
