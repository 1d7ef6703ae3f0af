import {
  about,
  adminChange,
  adminRead,
  change,
  creatorChange,
  creatorRead,
  inPerson,
  moderatorChange,
  moderatorRead,
  open,
  openChange,
  optional,
  optionalChange,
  read,
  type Row,
  spendsCaller,
  spendsSubject,
  withHeaders
} from "./rows.ts"

const invalid = "400 VALIDATION_FAILED"
const notYours = "403 FORBIDDEN"
const noRelease = "404 RELEASE_NOT_FOUND"
const noSubmission = "404 SUBMISSION_NOT_FOUND"
const secret = "403 TRACK_PRIVATE"
const tus = { "tus-resumable": "1.0.0" }
const part = { ...tus, "content-type": "application/offset+octet-stream", "upload-offset": "7" }
const noUpload = "404 UPLOAD_NOT_FOUND"

export type RouteName = `${"GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`

/** Who may do what: every route of the contract stands here once, and nothing else does. */
export const guardTable: Readonly<Record<RouteName, Row>> = {
  "GET /health": open("200"),
  "GET /healthz": open("200"),
  "GET /readyz": open("200"),
  "GET /status": open("200"),
  "GET /metrics": open("200"),
  "GET /openapi.json": open("200"),
  "GET /swagger/:file": open("200"),
  "GET /.well-known/jwks.json": open("200"),

  "POST /api/v1/auth/register": openChange(invalid),
  "POST /api/v1/auth/verify-email": openChange("400 INVALID_VERIFICATION_TOKEN"),
  "POST /api/v1/auth/resend-verification": openChange(invalid),
  "POST /api/v1/auth/login": openChange(invalid),
  "POST /api/v1/auth/password/reset-request": openChange(invalid),
  "POST /api/v1/auth/password/reset": openChange(invalid),
  "POST /api/v1/auth/refresh": openChange("401 INVALID_TOKEN"),
  "POST /api/v1/auth/2fa/verify": openChange(invalid),
  "POST /api/v1/auth/email-change/confirm": openChange(invalid),
  "GET /api/v1/auth/check-username": open(invalid),

  "GET /api/v1/auth/me": read("200"),
  "GET /api/v1/auth/csrf": inPerson(read("200")),
  "GET /api/v1/auth/sessions": inPerson(read("200")),
  "DELETE /api/v1/auth/sessions/:id": about("session", spendsSubject(inPerson(change("200"))), "404 SESSION_NOT_FOUND"),
  "POST /api/v1/auth/logout": spendsCaller(inPerson(change("200"))),
  "POST /api/v1/auth/logout-all": spendsCaller(inPerson(change("200"))),
  "POST /api/v1/auth/reauthenticate": inPerson(change(invalid)),
  "POST /api/v1/auth/2fa/setup": inPerson(change("200")),
  "POST /api/v1/auth/2fa/enable": inPerson(change(invalid)),
  "POST /api/v1/auth/2fa/disable": inPerson(change(invalid)),
  "POST /api/v1/auth/2fa/backup-codes": inPerson(change(invalid)),

  "GET /api/v1/auth/oauth/:provider": { ...inPerson(optional("302")), csrf: "link" },
  "GET /api/v1/auth/oauth/:provider/callback": optional("302"),
  "GET /api/v1/auth/oauth/identities": inPerson(read("200")),
  "DELETE /api/v1/auth/oauth/identities/:provider": inPerson(change("404 IDENTITY_NOT_FOUND")),

  "PUT /api/v1/users/me/password": inPerson(change(invalid)),
  "PUT /api/v1/users/me/email": inPerson(change(invalid)),
  "POST /api/v1/users/me/upgrade-creator": spendsCaller(inPerson(change("200"))),
  "DELETE /api/v1/users/me": inPerson(change(invalid)),
  "POST /api/v1/me/export": spendsCaller(inPerson(change("202"))),
  "GET /api/v1/me/exports": inPerson(read("200")),
  "GET /api/v1/me/exports/:id/download": about(
    "export",
    inPerson(read("409 EXPORT_NOT_READY")),
    "404 EXPORT_NOT_FOUND"
  ),

  "GET /api/v1/developer/api-keys": inPerson(read("200")),
  "POST /api/v1/developer/api-keys": inPerson(change(invalid)),
  "DELETE /api/v1/developer/api-keys/:id": about(
    "api key",
    spendsSubject(inPerson(change("200"))),
    "404 API_KEY_NOT_FOUND"
  ),
  "POST /api/v1/developer/api-keys/:id/rotate": about(
    "api key",
    spendsSubject(inPerson(change("201"))),
    "404 API_KEY_NOT_FOUND"
  ),

  "GET /api/v1/users/by-username/:username": about("profile", optional("200")),
  "GET /api/v1/users/:id": about("profile", optional("200")),
  "PUT /api/v1/users/:id": about("profile", change("200"), notYours, "200"),
  "GET /api/v1/users/:id/completion": about("profile", read("200"), notYours, "200"),
  "GET /api/v1/users/:id/avatar": about("profile", optional("404 IMAGE_NOT_FOUND")),
  "GET /api/v1/users/:id/banner": about("profile", optional("404 IMAGE_NOT_FOUND")),
  "PUT /api/v1/users/me/avatar": change("415 UNSUPPORTED_MEDIA_TYPE"),
  "PUT /api/v1/users/me/banner": change("415 UNSUPPORTED_MEDIA_TYPE"),
  "DELETE /api/v1/users/me/avatar": change("200"),
  "DELETE /api/v1/users/me/banner": change("200"),
  "GET /api/v1/users/me/settings": read("200"),
  "PUT /api/v1/users/me/settings": change("200"),
  "GET /api/v1/users/me/privacy/opt-out": read("200"),
  "POST /api/v1/users/me/privacy/opt-out": change("200"),
  "GET /api/v1/legal/terms/current": optional("200"),
  "POST /api/v1/legal/terms/accept": inPerson(change(invalid)),

  "POST /api/v1/webhooks/hyperswitch": open("503 PAYMENT_PROVIDER_UNAVAILABLE"),

  "POST /api/v1/internal/tracks/:id/stream-ready": about("private track", open(invalid)),

  "GET /api/v1/tracks": optional("200"),
  "POST /api/v1/tracks": creatorChange(invalid),
  "GET /api/v1/tracks/recommendations": read("200"),
  "GET /api/v1/tracks/shared/:token": open("403 INVALID_SHARE_TOKEN"),
  "DELETE /api/v1/tracks/share/:id": about("share link", spendsSubject(change("200")), "404 SHARE_NOT_FOUND", "200"),
  "POST /api/v1/tracks/batch-delete": change(invalid),
  "PUT /api/v1/tracks/:id": about("private track", change("200"), secret, "200"),
  "DELETE /api/v1/tracks/:id": about("private track", spendsSubject(change("200")), secret, "200"),
  "GET /api/v1/tracks/:id": about("private track", optional("200"), secret, "200"),
  "GET /api/v1/tracks/:id/stream": about(
    "private track",
    optional("404 TRACK_FILE_MISSING"),
    secret,
    "404 TRACK_FILE_MISSING"
  ),
  "GET /api/v1/tracks/:id/download": about(
    "private track",
    optional("404 TRACK_FILE_MISSING"),
    secret,
    "404 TRACK_FILE_MISSING"
  ),
  "GET /api/v1/tracks/:id/waveform": about(
    "private track",
    optional("404 WAVEFORM_UNAVAILABLE"),
    secret,
    "404 WAVEFORM_UNAVAILABLE"
  ),
  "POST /api/v1/tracks/:id/play": about("private track", optionalChange(invalid)),
  "GET /api/v1/tracks/:id/stats": about("private track", optional("200"), secret, "200"),
  "GET /api/v1/tracks/:id/history": about("private track", optional("200"), secret, "200"),
  "GET /api/v1/tracks/:id/hls/master.m3u8": about("private track", optional("404 HLS_UNAVAILABLE")),
  "GET /api/v1/tracks/:id/hls/:rendition/:file": about("private track", optional("404 HLS_UNAVAILABLE")),
  "GET /api/v1/tracks/:id/waveform.svg": about(
    "private track",
    optional("404 WAVEFORM_UNAVAILABLE"),
    secret,
    "404 WAVEFORM_UNAVAILABLE"
  ),
  "GET /api/v1/tracks/:id/cover": about(
    "private track",
    optional("404 COVER_UNAVAILABLE"),
    secret,
    "404 COVER_UNAVAILABLE"
  ),
  "PUT /api/v1/tracks/:id/cover": about(
    "private track",
    change("415 UNSUPPORTED_MEDIA_TYPE"),
    secret,
    "415 UNSUPPORTED_MEDIA_TYPE"
  ),
  "DELETE /api/v1/tracks/:id/cover": about("private track", change("200"), secret, "200"),
  "GET /embed/tracks/:id": about("private track", open(secret)),
  "GET /oembed": open(invalid),
  "POST /api/v1/tracks/:id/like": about("private track", change("200"), secret, "200"),
  "DELETE /api/v1/tracks/:id/like": about("private track", change("200"), secret, "200"),
  "GET /api/v1/tracks/:id/likes": about("private track", read("200"), secret, "200"),
  "POST /api/v1/tracks/:id/share": about("private track", change("201"), secret, "201"),

  "GET /api/v1/distribution/platforms": open("200"),
  "GET /api/v1/distribution/releases": read("200"),
  "POST /api/v1/distribution/releases": change(invalid),
  "GET /api/v1/distribution/releases/:id": about("release", read("200"), noRelease, "200"),
  "PUT /api/v1/distribution/releases/:id": about("release", change(invalid)),
  "GET /api/v1/distribution/releases/:id/cover": about(
    "release",
    read("404 COVER_MISSING"),
    noRelease,
    "404 COVER_MISSING"
  ),
  "PUT /api/v1/distribution/releases/:id/cover": about("release", change("415 UNSUPPORTED_MEDIA_TYPE"), noRelease),
  "GET /api/v1/distribution/submissions": read("200"),
  "POST /api/v1/distribution/submissions": change(invalid),
  "GET /api/v1/distribution/submissions/:id": about("submission", read("200"), noSubmission, "200"),
  "GET /api/v1/distribution/submissions/:id/history": about("submission", read("200"), noSubmission, "200"),
  "PUT /api/v1/distribution/submissions/:id": about(
    "submission",
    change("403 DISTRIBUTION_NOT_INCLUDED"),
    noSubmission
  ),
  "POST /api/v1/distribution/submissions/:id/withdraw": about(
    "submission",
    spendsSubject(change("200")),
    noSubmission,
    "200"
  ),
  "POST /api/v1/distribution/submissions/:id/takedown": about(
    "submission",
    change("409 SUBMISSION_CONFLICT"),
    noSubmission,
    "409 SUBMISSION_CONFLICT"
  ),
  "POST /api/v1/webhooks/distribution/:provider": open("404 UNKNOWN_STORE"),

  "GET /api/v1/subscriptions/plans": open("200"),
  "GET /api/v1/subscriptions/me": read("200"),
  "GET /api/v1/subscriptions/me/history": read("200"),
  "POST /api/v1/subscriptions/subscribe": change(invalid),
  "POST /api/v1/subscriptions/complete/:id": about(
    "subscription",
    change("409 SUBSCRIPTION_NOT_PENDING"),
    "404 SUBSCRIPTION_NOT_FOUND"
  ),
  "POST /api/v1/subscriptions/cancel": change("404 SUBSCRIPTION_NOT_FOUND"),
  "POST /api/v1/subscriptions/reactivate": change("404 SUBSCRIPTION_NOT_FOUND"),
  "POST /api/v1/subscriptions/change-plan": change(invalid),
  "POST /api/v1/subscriptions/change-billing-cycle": change(invalid),
  "POST /api/v1/subscriptions/preview": change("200"),
  "GET /api/v1/subscriptions/invoices": read("200"),
  "GET /api/v1/subscriptions/invoices/:id/pdf": about("invoice", read("200"), "404 INVOICE_NOT_FOUND"),

  "POST /api/v1/dmca/notice": open(invalid),
  "POST /api/v1/dmca/notices/:id/counter-notice": about("notice", inPerson(change(invalid))),
  "GET /api/v1/admin/dmca/notices": moderatorRead("200"),
  "POST /api/v1/admin/dmca/notices/:id/takedown": about("notice", spendsSubject(moderatorChange("200"))),
  "POST /api/v1/admin/dmca/notices/:id/dismiss": about("notice", moderatorChange(invalid)),
  "POST /api/v1/admin/dmca/notices/:id/restore": about("notice", moderatorChange("409 NOTICE_CONFLICT")),

  "OPTIONS /api/v1/uploads": open("204"),
  "POST /api/v1/uploads": withHeaders(tus, creatorChange(invalid)),
  "HEAD /api/v1/uploads/:id": withHeaders(tus, about("upload", creatorRead("200"), noUpload)),
  "PATCH /api/v1/uploads/:id": withHeaders(
    part,
    about("upload", creatorChange("409 UPLOAD_OFFSET_CONFLICT"), noUpload)
  ),
  "DELETE /api/v1/uploads/:id": withHeaders(tus, about("upload", spendsSubject(creatorChange("204")), noUpload)),
  "POST /api/v1/distribution/royalties/import": adminChange("415 UNSUPPORTED_MEDIA_TYPE"),
  "GET /api/v1/distribution/royalties/imports/:id": about("royalty import", adminRead("200")),
  "GET /api/v1/distribution/royalties/unmatched": adminRead("200"),
  "GET /api/v1/distribution/royalties/rates": read(invalid),
  "PUT /api/v1/distribution/royalties/rates": adminChange(invalid),
  "GET /api/v1/distribution/royalties": read("200"),
  "GET /api/v1/distribution/royalties/summary": read("200"),
  "GET /api/v1/distribution/royalties/export": read("200"),
  "GET /api/v1/distribution/royalties/:id/explain": about("royalty", read("200"), "404 ROYALTY_NOT_FOUND", "200"),

  "GET /api/v1/admin/maintenance": adminRead("200"),
  "PUT /api/v1/admin/maintenance": adminChange(invalid),
  "GET /api/v1/admin/audit/logs": adminRead("200"),
  "GET /api/v1/admin/audit/stats": adminRead("200"),
  "GET /api/v1/admin/users": inPerson(adminRead("200")),
  "PUT /api/v1/admin/users/:id/role": about("profile", inPerson(adminChange(invalid))),
  "POST /api/v1/admin/users/:id/ban": about("profile", inPerson(adminChange(invalid))),
  "DELETE /api/v1/admin/users/:id/ban": about("profile", inPerson(adminChange("200")))
}
