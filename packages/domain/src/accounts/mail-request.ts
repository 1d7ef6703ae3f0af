import { Schema } from "effect"
import { DistributionNews } from "./distribution-mails.ts"
import { SubscriptionNews } from "./subscription-mails.ts"

const mail = <Template extends string, Fields extends Schema.Struct.Fields>(template: Template, fields: Fields) =>
  Schema.Struct({ template: Schema.Literal(template), to: Schema.String, ...fields })
/** To somebody known, who is addressed by name. */
const named = <Template extends string, Fields extends Schema.Struct.Fields>(template: Template, fields: Fields) =>
  mail(template, { username: Schema.String, ...fields })

/** A mail to be rendered and sent by the worker. Links carry single-use secrets: the row is emptied once it is sent. */
export const MailRequest = Schema.Union([
  named("verify_email", { token: Schema.String }),
  mail("address_already_registered", {}),
  named("reset_password", { token: Schema.String }),
  named("password_changed", {}),
  named("api_key_created", { name: Schema.String, prefix: Schema.String }),
  named("account_banned", { reason: Schema.String }),
  named("account_unbanned", {}),
  named("second_factor_enabled", {}),
  named("second_factor_disabled", {}),
  named("change_email", { token: Schema.String }),
  mail("address_in_use", {}),
  named("email_change_requested", {}),
  named("email_changed", {}),
  named("export_ready", { exportId: Schema.String }),
  named("account_deleted", {}),
  named("track_rejected", { title: Schema.String }),
  named("identity_linked", { provider: Schema.String }),
  named("track_taken_down", {
    title: Schema.String,
    noticeId: Schema.String,
    claimant: Schema.String,
    work: Schema.String
  }),
  named("track_restored", { title: Schema.String, noticeId: Schema.String, stillBlocked: Schema.Boolean }),
  /** To the claimant, with a copy of what the owner swore to. */
  mail("counter_notice", {
    claimant: Schema.String,
    noticeId: Schema.String,
    title: Schema.String,
    /** A day, as `2026-03-01`. */
    restorableFrom: Schema.String,
    name: Schema.String,
    address: Schema.String,
    phone: Schema.String,
    statement: Schema.String,
    signature: Schema.String
  }),
  named("subscription_news", {
    news: SubscriptionNews,
    /** The plan as people call it. */
    plan: Schema.String,
    /** `19.99 USD`; null where nothing is to be paid. */
    amount: Schema.NullOr(Schema.String),
    /** A day, as `2026-03-01`. */
    day: Schema.NullOr(Schema.String),
    /** The number of the invoice. */
    invoice: Schema.NullOr(Schema.String)
  }),
  named("distribution_news", {
    news: DistributionNews,
    title: Schema.String,
    /** The store as people call it. */
    store: Schema.String,
    /** What the store, or we, said of it. */
    reason: Schema.NullOr(Schema.String),
    submissionId: Schema.String
  }),
  /** No mail: written where one would be, so that both cases are the same work. */
  Schema.Struct({ template: Schema.Literal("none") })
])
export type MailRequest = typeof MailRequest.Type
