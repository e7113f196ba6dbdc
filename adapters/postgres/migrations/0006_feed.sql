-- What partners are told, in exactly the bytes that they receive, as projections/feed_message.py describes it.
--
-- It is appended to by the feeder, in one transaction with its checkpoint, and by nobody else. It is no answer that can
-- be made anew: a partner may have read a row already, so rows are never changed, and a rebuild leaves them alone.

CREATE TABLE feed (
    partner text NOT NULL,
    programme text NOT NULL,
    sequence bigint NOT NULL, -- without gaps within a feed, from 1
    feed_position bigint NOT NULL, -- without gaps over all feeds, from 1
    log_position bigint NOT NULL, -- of the event that is told
    subject text NOT NULL,
    headers text NOT NULL, -- a JSON object of texts, all ASCII
    payload bytea NOT NULL,
    PRIMARY KEY (partner, programme, sequence)
);

CREATE UNIQUE INDEX feed_position_idx ON feed (feed_position) WITH (fillfactor = 100);

CREATE FUNCTION refuse_to_change_the_feed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the feed is only appended to: a partner may have read it already';
END $$;

CREATE TRIGGER feed_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_feed();

CREATE TABLE feed_ends (
    partner text NOT NULL,
    programme text NOT NULL,
    sequence bigint NOT NULL,
    feed_position bigint NOT NULL,
    PRIMARY KEY (partner, programme)
) WITH (fillfactor = 90);
