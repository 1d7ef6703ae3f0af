-- What every context stands on: events out, events seen, followed values, settings, job leases.

CREATE TABLE outbox (
  sequence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id           uuid NOT NULL UNIQUE,
  type         text NOT NULL,
  aggregate    text NOT NULL,
  payload      jsonb NOT NULL,
  context      jsonb NOT NULL,
  occurred_at  timestamptz NOT NULL,
  attempts     integer NOT NULL DEFAULT 0,
  available_at timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz,
  last_error   text
);
-- "The oldest of each aggregate" is what the relay asks for.
CREATE INDEX outbox_aggregate ON outbox (aggregate, sequence);

CREATE TABLE outbox_buried (
  id          uuid PRIMARY KEY,
  type        text NOT NULL,
  aggregate   text NOT NULL,
  payload     jsonb NOT NULL,
  context     jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  attempts    integer NOT NULL,
  last_error  text NOT NULL,
  buried_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE inbox (
  consumer   text NOT NULL,
  event_id   uuid NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_handled_at ON inbox (handled_at);

CREATE TABLE change_epochs (
  topic text PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0
);

CREATE TABLE platform_settings (
  key        text PRIMARY KEY,
  value_bool boolean,
  value_text text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO platform_settings (key, value_bool) VALUES ('maintenance_mode', false);

CREATE TABLE job_leases (
  job          text PRIMARY KEY,
  begun_at     timestamptz NOT NULL,
  leased_until timestamptz NOT NULL
);
