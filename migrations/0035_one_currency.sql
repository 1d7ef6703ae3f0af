-- What is left of one plan is taken off the price of another: all must be of one currency, whoever writes a new price.
CREATE FUNCTION refuse_second_currency() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found text[] := (SELECT array_agg(DISTINCT currency) FROM plans);
BEGIN
  IF cardinality(found) > 1 THEN
    RAISE EXCEPTION 'all plans are sold in one currency, not in %', array_to_string(found, ' and ')
      USING ERRCODE = 'check_violation', TABLE = 'plans', COLUMN = 'currency';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER plans_one_currency AFTER INSERT OR UPDATE ON plans
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_second_currency();
