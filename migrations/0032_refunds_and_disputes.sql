-- Refunds that the provider was asked for and did not make: the next is another, under a key of its own.
ALTER TABLE invoice_payments ADD COLUMN refund_failures integer NOT NULL DEFAULT 0;

-- What a dispute is in: each stage begins anew, whatever came of the one before.
ALTER TABLE payment_disputes ADD COLUMN stage text NOT NULL DEFAULT 'dispute'
  CHECK (stage IN ('pre_dispute', 'dispute', 'pre_arbitration', 'arbitration', 'dispute_reversal'));
