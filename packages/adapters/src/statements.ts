export { fileSource, statementFilesLocal } from "./statements/local-files.ts"
export { statementReader } from "./statements/reader.ts"
