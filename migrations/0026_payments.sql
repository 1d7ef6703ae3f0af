-- By what somebody agreed to be charged while away, as the payment provider names it; the one agreed to last.
CREATE TABLE payment_mandates (
  user_id    uuid PRIMARY KEY REFERENCES users (id),
  reference  text NOT NULL,
  payment_id text NOT NULL,
  agreed_at  timestamptz NOT NULL
);

-- Everything that was posted to the payment webhook; kept for 90 days. No result: it is being taken in.
CREATE TABLE payment_webhooks (
  id              uuid PRIMARY KEY,
  received_at     timestamptz NOT NULL,
  payload         bytea NOT NULL CHECK (octet_length(payload) <= 65536),
  signature       text,
  signature_valid boolean NOT NULL,
  event_id        text,
  event_type      text,
  result          text CHECK (result IN ('ok', 'error', 'signature_invalid', 'skipped')),
  attempts        integer NOT NULL DEFAULT 0,
  finished_at     timestamptz,
  -- When the reconciler takes it up; null where nothing more is done about it.
  retry_at        timestamptz,
  ip              text NOT NULL,
  user_agent      text NOT NULL,
  request_id      text NOT NULL,
  CHECK (result IS NOT NULL OR retry_at IS NOT NULL)
);
CREATE INDEX payment_webhooks_received_at ON payment_webhooks (received_at);
CREATE INDEX payment_webhooks_event ON payment_webhooks (event_id);
CREATE INDEX payment_webhooks_retry_at ON payment_webhooks (retry_at) WHERE retry_at IS NOT NULL;

-- The provider's events that have had their effect: none has it twice, however often it is delivered.
CREATE TABLE payment_events (
  event_id text PRIMARY KEY,
  taken_at timestamptz NOT NULL
);
CREATE INDEX payment_events_taken_at ON payment_events (taken_at);

-- The cases that disputes open.
CREATE TABLE payment_disputes (
  id              text PRIMARY KEY,
  payment_id      text NOT NULL,
  status          text NOT NULL
    CHECK (status IN ('open', 'challenged', 'accepted', 'withdrawn', 'expired', 'won', 'lost')),
  amount_minor    bigint NOT NULL,
  currency        text NOT NULL,
  reason          text,
  challenge_until timestamptz,
  opened_at       timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL
);
CREATE INDEX payment_disputes_opened_at ON payment_disputes (opened_at, id);
CREATE INDEX payment_disputes_payment ON payment_disputes (payment_id, id);
