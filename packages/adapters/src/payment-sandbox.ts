export { type PaymentSandbox, type PaymentSandboxSettings, startPaymentSandbox } from "./payment-sandbox/server.ts"
