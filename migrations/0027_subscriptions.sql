-- Plans as they are sold; a new price is a new row with a later version and date.
CREATE TABLE plans (
  id            text NOT NULL CHECK (id IN ('free', 'creator', 'premium')),
  version       integer NOT NULL CHECK (version > 0),
  name          text NOT NULL,
  monthly_minor integer NOT NULL CHECK (monthly_minor >= 0),
  yearly_minor  integer NOT NULL CHECK (yearly_minor >= 0),
  currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  trial_days    integer NOT NULL CHECK (trial_days >= 0),
  rank          integer NOT NULL,
  features      text[] NOT NULL,
  sold_from     timestamptz NOT NULL,
  PRIMARY KEY (id, version)
);
INSERT INTO plans (id, version, name, monthly_minor, yearly_minor, currency, trial_days, rank, features, sold_from)
VALUES
  ('free', 1, 'Free', 0, 0, 'USD', 0, 0, ARRAY['Listen to everything', 'Like, share and follow'], '1970-01-01Z'),
  ('creator', 1, 'Creator', 999, 9990, 'USD', 0, 1,
    ARRAY['Everything in Free', 'Distribution to streaming platforms', 'Royalty reports and splits'], '1970-01-01Z'),
  ('premium', 1, 'Premium', 1999, 19990, 'USD', 14, 2,
    ARRAY['Everything in Creator', '14 days free of charge', 'First in the queue for help'], '1970-01-01Z');

CREATE TABLE subscriptions (
  id                   uuid PRIMARY KEY,
  user_id              uuid NOT NULL REFERENCES users (id),
  plan                 text NOT NULL,
  plan_version         integer NOT NULL,
  cycle                text NOT NULL CHECK (cycle IN ('monthly', 'yearly')),
  status               text NOT NULL
    CHECK (status IN ('pending_payment', 'trialing', 'active', 'past_due', 'expired', 'canceled')),
  anchor_at            timestamptz NOT NULL,
  period_start         timestamptz,
  period_end           timestamptz,
  trial_ends_at        timestamptz,
  trial_reminded_at    timestamptz,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  next_plan            text,
  next_cycle           text CHECK (next_cycle IN ('monthly', 'yearly')),
  invoice_id           uuid,
  waiting_since        timestamptz,
  failed_at            timestamptz,
  retries              integer NOT NULL DEFAULT 0,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  ended_at             timestamptz,
  revision             integer NOT NULL,
  -- When the clock has something to do: computed by the domain, so that the worker reads one index.
  due_at               timestamptz,
  FOREIGN KEY (plan, plan_version) REFERENCES plans (id, version),
  CHECK ((status IN ('expired', 'canceled')) = (ended_at IS NOT NULL)),
  CHECK ((status = 'past_due') <= (failed_at IS NOT NULL)),
  CHECK ((invoice_id IS NULL) = (waiting_since IS NULL)),
  CHECK (status <> 'trialing' OR trial_ends_at IS NOT NULL),
  CHECK (status NOT IN ('trialing', 'past_due') OR period_end IS NOT NULL),
  CHECK (status <> 'active' OR plan = 'free' OR period_end IS NOT NULL),
  CHECK (period_end IS NULL OR period_end > period_start)
);
-- Whatever comes at once: somebody has one running subscription.
CREATE UNIQUE INDEX subscriptions_running ON subscriptions (user_id)
  WHERE status IN ('pending_payment', 'trialing', 'active', 'past_due');
CREATE INDEX subscriptions_user ON subscriptions (user_id, created_at, id);
CREATE INDEX subscriptions_due ON subscriptions (due_at, id) WHERE due_at IS NOT NULL;

-- Who had a trial: once a person, by account and by address.
CREATE TABLE subscription_trials (
  user_id        uuid PRIMARY KEY REFERENCES users (id),
  address_digest bytea NOT NULL UNIQUE,
  begun_at       timestamptz NOT NULL
);

-- What happened to subscriptions; only ever added to.
CREATE TABLE subscription_history (
  id              uuid PRIMARY KEY,
  subscription_id uuid NOT NULL REFERENCES subscriptions (id),
  user_id         uuid NOT NULL REFERENCES users (id),
  step            text NOT NULL,
  from_status     text,
  to_status       text NOT NULL,
  plan            text NOT NULL,
  cycle           text NOT NULL,
  invoice_id      uuid,
  by_user         uuid REFERENCES users (id),
  created_at      timestamptz NOT NULL
);
CREATE INDEX subscription_history_user ON subscription_history (user_id, created_at, id);

-- The last number given in each year; locked until the invoice that took it is stored.
CREATE TABLE invoice_numbers (
  year integer PRIMARY KEY,
  last integer NOT NULL CHECK (last >= 0)
);

CREATE TABLE invoices (
  id              uuid PRIMARY KEY,
  subscription_id uuid NOT NULL REFERENCES subscriptions (id),
  user_id         uuid NOT NULL REFERENCES users (id),
  number          text NOT NULL UNIQUE,
  kind            text NOT NULL CHECK (kind IN ('period', 'change')),
  status          text NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'failed', 'void')),
  plan            text NOT NULL,
  plan_version    integer NOT NULL,
  cycle           text NOT NULL CHECK (cycle IN ('monthly', 'yearly')),
  anchor_at       timestamptz NOT NULL,
  period_start    timestamptz NOT NULL,
  period_end      timestamptz NOT NULL,
  currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  subtotal_minor  bigint NOT NULL CHECK (subtotal_minor >= 0),
  tax_rate_bps    integer NOT NULL CHECK (tax_rate_bps BETWEEN 0 AND 10000),
  tax_minor       bigint NOT NULL CHECK (tax_minor >= 0),
  total_minor     bigint NOT NULL CHECK (total_minor = subtotal_minor + tax_minor),
  lines           jsonb NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL,
  issued_at       timestamptz NOT NULL,
  paid_at         timestamptz,
  CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
  CHECK (period_end > period_start),
  FOREIGN KEY (plan, plan_version) REFERENCES plans (id, version)
);
-- However many workers bill it: a period has one invoice.
CREATE UNIQUE INDEX invoices_period ON invoices (subscription_id, period_start) WHERE kind = 'period';
CREATE INDEX invoices_user ON invoices (user_id, created_at, id);
CREATE INDEX invoices_subscription ON invoices (subscription_id, period_start, plan) WHERE status = 'paid';

-- Tries at having invoices paid. The row is there before the provider is asked, so that a crash asks again by the same key.
CREATE TABLE invoice_payments (
  invoice_id    uuid NOT NULL REFERENCES invoices (id),
  attempt       integer NOT NULL CHECK (attempt > 0),
  off_session   boolean NOT NULL,
  payment_id    text UNIQUE,
  outcome       text CHECK (outcome IN ('succeeded', 'failed')),
  reason        text,
  created_at    timestamptz NOT NULL,
  claimed_until timestamptz,
  ended_at      timestamptz,
  refund_due_at timestamptz,
  refunded_at   timestamptz,
  PRIMARY KEY (invoice_id, attempt),
  CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX invoice_payments_unsent ON invoice_payments (created_at) WHERE payment_id IS NULL AND outcome IS NULL;
CREATE INDEX invoice_payments_open ON invoice_payments (payment_id) WHERE payment_id IS NOT NULL AND outcome IS NULL;
CREATE INDEX invoice_payments_refunds ON invoice_payments (refund_due_at)
  WHERE refund_due_at IS NOT NULL AND refunded_at IS NULL;
-- One succeeded payment of an invoice is kept; any other goes back.
CREATE UNIQUE INDEX invoice_payments_kept ON invoice_payments (invoice_id)
  WHERE outcome = 'succeeded' AND refund_due_at IS NULL;
