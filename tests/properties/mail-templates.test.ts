import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { DistributionNews, type MailRequest, renderMail, SubscriptionNews } from "@veza/domain/accounts"

/** Every request that makes a mail. */
type Rendered = Exclude<MailRequest, { readonly template: "none" }>
const render = (request: Rendered, frontend: string) => renderMail(request, frontend) ?? assert.fail("no mail was made")

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("<script>alert(1)</script>", `" onmouseover="x`, "'><img src=x>", "&lt;b&gt;", "</a><a href='x'>"),
  fc.string({ unit: fc.constantFrom(..."<>&\"'/= ab") })
)
const mail: fc.Arbitrary<Rendered> = fc.oneof(
  fc.record({ template: fc.constant("reset_password" as const), to: hostile, username: hostile, token: hostile }),
  fc.record({ template: fc.constant("password_changed" as const), to: hostile, username: hostile }),
  fc.record({
    template: fc.constant("api_key_created" as const),
    to: hostile,
    username: hostile,
    name: hostile,
    prefix: hostile
  }),
  fc.record({ template: fc.constant("identity_linked" as const), to: hostile, username: hostile, provider: hostile }),
  fc.record({ template: fc.constant("verify_email" as const), to: hostile, username: hostile, token: hostile }),
  fc.record({ template: fc.constant("account_banned" as const), to: hostile, username: hostile, reason: hostile }),
  fc.record({ template: fc.constant("account_unbanned" as const), to: hostile, username: hostile }),
  fc.record({ template: fc.constant("change_email" as const), to: hostile, username: hostile, token: hostile }),
  fc.record({
    template: fc.constantFrom(
      "second_factor_enabled" as const,
      "second_factor_disabled" as const,
      "email_change_requested" as const,
      "email_changed" as const
    ),
    to: hostile,
    username: hostile
  }),
  fc.record({ template: fc.constant("address_in_use" as const), to: hostile }),
  fc.record({ template: fc.constant("export_ready" as const), to: hostile, username: hostile, exportId: hostile }),
  fc.record({ template: fc.constant("account_deleted" as const), to: hostile, username: hostile }),
  fc.record({ template: fc.constant("track_rejected" as const), to: hostile, username: hostile, title: hostile }),
  fc.record({ template: fc.constant("address_already_registered" as const), to: hostile }),
  fc.record({
    template: fc.constant("track_taken_down" as const),
    to: hostile,
    username: hostile,
    title: hostile,
    noticeId: hostile,
    claimant: hostile,
    work: hostile
  }),
  fc.record({
    template: fc.constant("track_restored" as const),
    to: hostile,
    username: hostile,
    title: hostile,
    noticeId: hostile,
    stillBlocked: fc.boolean()
  }),
  fc.record({
    template: fc.constant("counter_notice" as const),
    to: hostile,
    claimant: hostile,
    noticeId: hostile,
    title: hostile,
    restorableFrom: hostile,
    name: hostile,
    address: hostile,
    phone: hostile,
    statement: hostile,
    signature: hostile
  }),
  fc.record({
    template: fc.constant("subscription_news" as const),
    to: hostile,
    username: hostile,
    news: fc.constantFrom(...SubscriptionNews.literals),
    plan: hostile,
    amount: fc.option(hostile),
    day: fc.option(hostile),
    invoice: fc.option(hostile)
  }),
  fc.record({
    template: fc.constant("distribution_news" as const),
    to: hostile,
    username: hostile,
    news: fc.constantFrom(...DistributionNews.literals),
    title: hostile,
    store: hostile,
    reason: fc.option(hostile),
    submissionId: hostile
  })
)
const harmless: Record<Exclude<Rendered["template"], "subscription_news" | "distribution_news">, Rendered> = {
  reset_password: { template: "reset_password", to: "x", username: "x", token: "x" },
  api_key_created: { template: "api_key_created", to: "x", username: "x", name: "x", prefix: "x" },
  password_changed: { template: "password_changed", to: "x", username: "x" },
  export_ready: { template: "export_ready", to: "x", username: "x", exportId: "x" },
  account_deleted: { template: "account_deleted", to: "x", username: "x" },
  track_rejected: { template: "track_rejected", to: "x", username: "x", title: "x" },
  identity_linked: { template: "identity_linked", to: "x", username: "x", provider: "x" },
  verify_email: { template: "verify_email", to: "x", username: "x", token: "x" },
  account_banned: { template: "account_banned", to: "x", username: "x", reason: "x" },
  account_unbanned: { template: "account_unbanned", to: "x", username: "x" },
  second_factor_enabled: { template: "second_factor_enabled", to: "x", username: "x" },
  second_factor_disabled: { template: "second_factor_disabled", to: "x", username: "x" },
  change_email: { template: "change_email", to: "x", username: "x", token: "x" },
  address_in_use: { template: "address_in_use", to: "x" },
  email_change_requested: { template: "email_change_requested", to: "x", username: "x" },
  email_changed: { template: "email_changed", to: "x", username: "x" },
  address_already_registered: { template: "address_already_registered", to: "x" },
  track_taken_down: {
    template: "track_taken_down",
    to: "x",
    username: "x",
    title: "x",
    noticeId: "x",
    claimant: "x",
    work: "x"
  },
  track_restored: {
    template: "track_restored",
    to: "x",
    username: "x",
    title: "x",
    noticeId: "x",
    stillBlocked: false
  },
  counter_notice: {
    template: "counter_notice",
    to: "x",
    claimant: "x",
    noticeId: "x",
    title: "x",
    restorableFrom: "x",
    name: "x",
    address: "x",
    phone: "x",
    statement: "x",
    signature: "x"
  }
}
/** The same kind of mail with nothing in it that could be taken for markup. */
const harmlessOf = (request: Rendered): Rendered => {
  switch (request.template) {
    case "subscription_news":
      return { ...request, to: "x", username: "x", plan: "x", amount: "x", day: request.day && "x", invoice: "x" }
    case "distribution_news": {
      const reason = request.reason === null ? null : "x"
      return { ...request, to: "x", username: "x", title: "x", store: "x", reason, submissionId: "x" }
    }
    default:
      return harmless[request.template]
  }
}
const site = "https://veza.example"
const countOf = (char: string, text: string) => text.split(char).length - 1
const unescape = (html: string) =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
const chance = { numRuns: 300 }

describe("a rendered mail", () => {
  it("has no markup but its own, whatever people are called", () =>
    fc.assert(
      fc.property(mail, (request) => {
        const [html, own] = [render(request, site).html, render(harmlessOf(request), site).html]
        for (const char of ["<", ">", '"', "'"]) assert.strictEqual(countOf(char, html), countOf(char, own), char)
      }),
      chance
    ))

  it("has no markup but its own, wherever its links lead", () =>
    fc.assert(
      fc.property(hostile, (frontend) => {
        const [html, own] = [render(harmless.verify_email, frontend).html, render(harmless.verify_email, "").html]
        for (const char of ["<", ">", '"', "'"]) assert.strictEqual(countOf(char, html), countOf(char, own), char)
      }),
      chance
    ))

  it("says the same in text and in HTML", () =>
    fc.assert(
      fc.property(mail, (request) => {
        const { text, html } = render(request, site)
        // What people wrote may begin or end with line breaks of its own.
        for (const paragraph of text.split(/\n{2,}/u)) assert.include(unescape(html), paragraph.replace(/^\n|\n$/u, ""))
      }),
      chance
    ))

  it("carries the token so that it comes back unchanged, and goes to whom it was asked to go", () =>
    fc.assert(
      fc.property(hostile, (token) => {
        const rendered = render({ template: "verify_email", to: "a@b.example", username: "ada", token }, site)
        const link = rendered.text.split("\n\n")[1] ?? assert.fail("the mail has no link")
        assert.strictEqual(new URL(link).searchParams.get("token"), token)
        assert.strictEqual(rendered.to, "a@b.example")
      }),
      chance
    ))

  it("is none where none was asked for", () => {
    assert.isUndefined(renderMail({ template: "none" }, site))
  })

  it("names nobody to whom the address does not belong", () => {
    assert.notInclude(render(harmless.address_already_registered, site).text, "token")
  })
})
