-- What is only appended to stays so for everybody, whatever a session says of replication: without ALWAYS a superuser's
-- `session_replication_role = replica` passes over a trigger without a word. Who may do what at all is no matter of one
-- database, and stands in adapters/postgres/rights.py.

ALTER TABLE stored_events ENABLE ALWAYS TRIGGER stored_events_append_only;
ALTER TABLE feed ENABLE ALWAYS TRIGGER feed_append_only;

CREATE FUNCTION refuse_to_change_what_is_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added, never changed or taken away', TG_TABLE_NAME;
END $$;

-- Outcomes of submissions, places where copies of a person's key lie, and the migrations that were applied.
CREATE TRIGGER submissions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON submissions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_what_is_added();
ALTER TABLE submissions ENABLE ALWAYS TRIGGER submissions_append_only;

CREATE TRIGGER key_copies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON key_copies
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_what_is_added();
ALTER TABLE key_copies ENABLE ALWAYS TRIGGER key_copies_append_only;

CREATE TRIGGER schema_migrations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON schema_migrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_what_is_added();
ALTER TABLE schema_migrations ENABLE ALWAYS TRIGGER schema_migrations_append_only;

-- What a partner with a login of its own may read: the rows of its own feeds. The login bears the partner's name, and it
-- is the one that came in with a password, not the one that SET ROLE makes of it.
CREATE VIEW own_feed WITH (security_barrier) AS
    SELECT programme, sequence, subject, headers, payload FROM feed WHERE partner = session_user;
