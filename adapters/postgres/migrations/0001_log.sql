-- The log, and how far each follower of it has come.
--
-- Column names are those of the eventsourcing library, whose recorders read this table:
--   originator_id = stream, originator_version = version, notification_id = position, topic = the event's stored name.
-- Their order saves bytes: fixed widths first, then state, whose length word needs no padding there.

CREATE TABLE stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    notification_id bigint NOT NULL,
    state bytea NOT NULL,
    topic text NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (toast_tuple_target = 8160);

-- Sealed bytes do not compress, and a scan in stream order should find a whole event in its row.
ALTER TABLE stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

-- Positions only ever grow, so its pages may be full. Partitioned by hash of the stream, each partition would hold its
-- own; positions stay unique through the log's lock, under which they are given out.
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id) WITH (fillfactor = 100);

-- Policy streams begin with the byte ff; there are few of them, and every follower starts by reading them all.
CREATE INDEX stored_events_policies_idx ON stored_events (notification_id)
    WHERE originator_id >= 'ff000000-0000-0000-0000-000000000000';

CREATE FUNCTION refuse_to_change_the_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is only appended to: an event is corrected by a later one';
END $$;

CREATE TRIGGER stored_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_log();

-- Takes the log's lock until the end of the transaction and returns the last position. The lock is an advisory one
-- because LOCK TABLE waits for VACUUM. The position is read by a statement of its own, after the lock: in READ COMMITTED
-- it sees what the previous holder committed. It is not a sequence, so a rollback burns no number.
CREATE FUNCTION lock_log() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last_position bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(29106690341301857);
    SELECT max(notification_id) INTO last_position FROM stored_events;
    NOTIFY stored_events;
    RETURN coalesce(last_position, 0);
END $$;

-- Appends a few events in one round trip and returns the first one's position. Many go by COPY, after lock_log().
CREATE FUNCTION append_events(streams uuid[], versions bigint[], names text[], states bytea[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last_position bigint := lock_log();
BEGIN
    INSERT INTO stored_events (originator_id, originator_version, notification_id, state, topic)
    SELECT stream, version, last_position + ordinal, state, name
    FROM unnest(streams, versions, names, states) WITH ORDINALITY AS new (stream, version, name, state, ordinal);
    RETURN last_position + 1;
END $$;

CREATE TABLE checkpoints (
    application_name text PRIMARY KEY, -- the follower
    notification_id bigint NOT NULL -- the last position it has dealt with
);
