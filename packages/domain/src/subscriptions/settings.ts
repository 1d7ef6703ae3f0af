import { Context } from "effect"

/** What invoices and payments tell of this installation. */
export class BillingSettings extends Context.Service<
  BillingSettings,
  {
    /** Where payers come back to, and where mails lead (FRONTEND_URL). */
    readonly frontendUrl: string
    /** Who sends the invoices, line by line (BILLING_ISSUER). */
    readonly issuer: ReadonlyArray<string>
    /** Basis points on top of every price (BILLING_TAX_RATE_BPS). */
    readonly taxRateBps: number
  }
>()("@veza/domain/subscriptions/BillingSettings") {}
