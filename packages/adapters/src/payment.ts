export { paymentProviderAbsent } from "./payment/absent.ts"
export type { HyperswitchSettings } from "./payment/calls.ts"
export { hyperswitch, idOfKey } from "./payment/hyperswitch.ts"
export { signatureOf } from "./payment/verify.ts"
