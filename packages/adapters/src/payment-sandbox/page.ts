import { createHash } from "node:crypto"
import type { SandboxPayment } from "./books.ts"

const style = `
:root{color-scheme:light dark;--edge:#8a8a94;--text:#17171c;--paper:#fff;--ground:#f1f1f4;--act:#3b3bb8;--on-act:#fff}
@media (prefers-color-scheme:dark){:root{--text:#f2f2f5;--paper:#202027;--ground:#131318;--act:#b9b9ff;--on-act:#131318}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:28rem;background:var(--paper);border:1px solid var(--edge);border-radius:.75rem;padding:1.5rem}
h1{font-size:1.25rem;margin:0 0 .25rem}
.amount{font-size:2rem;font-weight:600;margin:.5rem 0}
fieldset{border:0;margin:1rem 0;padding:0}
legend{font-weight:600;padding:0;margin-bottom:.5rem}
label{display:flex;gap:.75rem;align-items:center;padding:.75rem;border:1px solid var(--edge);border-radius:.5rem;margin-bottom:.5rem;min-height:44px}
input[type=radio]{width:1.25rem;height:1.25rem;margin:0;accent-color:var(--act);flex:none}
button,a.back{display:block;width:100%;min-height:44px;padding:.625rem;border-radius:.5rem;font:inherit;font-weight:600;text-align:center;cursor:pointer}
button{border:1px solid var(--act);background:var(--act);color:var(--on-act)}
button.plain,a.back{border:1px solid var(--edge);background:transparent;color:inherit;margin-top:.5rem;text-decoration:none}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
ul{list-style:none;margin:1rem 0;padding:0}
li{padding:.75rem 0;border-top:1px solid var(--edge)}
li a{color:var(--act);display:inline-block;padding:.25rem 0}
.note{border-left:4px solid var(--edge);padding-left:.75rem;font-size:.9rem}
`

/** No script, no picture, nothing from anywhere else, in nobody's frame; the form goes back where it came from. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? "")

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body><main>${content}</main></body>
</html>
`

const priceOf = ({ amount, currency }: SandboxPayment): string => {
  const format = new Intl.NumberFormat("en", { style: "currency", currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amount / 10 ** digits)
}

/** Addresses of other kinds (`javascript:`) are no way back. */
const backOf = ({ return_url: url }: SandboxPayment, words: string): string =>
  url !== null && /^https?:\/\//u.test(url) ? `<a class="back" href="${escaped(url)}">${words}</a>` : ""

const note = `<p class="note">This is the payment sandbox of a development installation: no card is asked for and no money moves.</p>`

const endings = {
  succeeded: "Paid",
  failed: "Declined",
  cancelled: "Cancelled",
  requires_payment_method: "Waiting"
} as const

const ended = (payment: SandboxPayment): string =>
  page(
    `${endings[payment.status]} · Payment sandbox`,
    `<h1 id="outcome">${endings[payment.status]}</h1>
<p class="amount">${escaped(priceOf(payment))}</p>
<p>${escaped(payment.error_message ?? payment.description ?? "")}</p>
${note}
${backOf(payment, "Back")}`
  )

const choices = (payment: SandboxPayment): ReadonlyArray<readonly [string, string]> => [
  ["works", "A card that works"],
  ...(payment.setup_future_usage === "off_session"
    ? [["later_declined", "A card that works now, and is declined when charged later"] as const]
    : []),
  ["declined", "A card that is declined"]
]

/** The page on which somebody pays, or the one that says how it ended. */
export const payPage = (payment: SandboxPayment): string => {
  if (payment.status !== "requires_payment_method") return ended(payment)
  const isSetUp = payment.amount === 0
  return page(
    "Pay · Payment sandbox",
    `<h1>${isSetUp ? "Remember a card" : "Pay"}</h1>
<p>${escaped(payment.description ?? "")}</p>
<p class="amount">${escaped(priceOf(payment))}</p>
${payment.setup_future_usage === "off_session" ? "<p>The card is remembered and charged at each renewal.</p>" : ""}
${note}
<form method="post">
<input type="hidden" name="client_secret" value="${escaped(payment.client_secret)}">
<fieldset>
<legend>Pay with</legend>
${choices(payment)
  .map(
    ([value, words], at) =>
      `<label><input type="radio" name="choice" value="${value}"${at === 0 ? " checked" : ""}>${words}</label>`
  )
  .join("\n")}
</fieldset>
<button>${isSetUp ? "Remember this card" : `Pay ${escaped(priceOf(payment))}`}</button>
<button class="plain" name="choice" value="cancels">Cancel the payment</button>
</form>
${backOf(payment, "Leave without deciding")}`
  )
}

/** What was asked for lately, the latest first, each with the way to its page. */
export const listPage = (
  payments: ReadonlyArray<SandboxPayment>,
  linkOf: (payment: SandboxPayment) => string
): string =>
  page(
    "Payment sandbox",
    `<h1>Payments</h1>
${note}
${
  payments.length === 0
    ? "<p>None was asked for yet.</p>"
    : `<ul>${payments
        .map(
          (payment) =>
            `<li><a href="${escaped(linkOf(payment))}">${escaped(payment.description ?? payment.payment_id)}</a><br>${escaped(priceOf(payment))} · ${endings[payment.status]} · ${escaped(payment.created)}</li>`
        )
        .join("\n")}</ul>`
}`
  )

/** Whoever has no link of ours learns nothing. */
export const notFoundPage = (): string =>
  page("Not found · Payment sandbox", `<h1>There is no such payment</h1><p>The link may be incomplete.</p>`)
