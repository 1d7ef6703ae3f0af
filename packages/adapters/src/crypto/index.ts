export * from "./content-hashing.ts"
export * from "./ids.ts"
export * from "./secrets.ts"
