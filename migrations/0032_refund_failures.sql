-- Refunds that the provider was asked for and did not make: the next is another, under a key of its own.
ALTER TABLE invoice_payments ADD COLUMN refund_failures integer NOT NULL DEFAULT 0;
