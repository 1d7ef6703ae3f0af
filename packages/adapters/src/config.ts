export { aboutVariables, configurationPage } from "./config/about.ts"
export { configurationExitCode, InvalidConfiguration, loadSettings, settingsLayer } from "./config/load.ts"
export { Environment } from "./config/schema.ts"
export { AppSettings, type Settings } from "./config/settings.ts"
