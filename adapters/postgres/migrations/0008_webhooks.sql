-- Where partners' feeds are posted to, and how far each has come, as adapters/postgres/webhooks.py reads them.
--
-- What came of a row and how far the webhook is are written in one transaction: after any crash a row is sent again at
-- most, and none is left out.

CREATE TABLE webhooks (
    webhook_id uuid PRIMARY KEY,
    partner text NOT NULL,
    programme text NOT NULL,
    url text NOT NULL,
    scheme text NOT NULL, -- hmac or ed25519
    wrapped_secret bytea NOT NULL, -- what is signed with, wrapped under the master key
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    sequence bigint NOT NULL, -- up to here every row was accepted or stands among the dead letters
    tries integer NOT NULL DEFAULT 0, -- of the row that comes next, without success
    refused_in_a_row integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    last_error text,
    paused_at timestamptz,
    UNIQUE (partner, programme)
) WITH (fillfactor = 50);

CREATE TABLE webhook_dead_letters (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    sequence bigint NOT NULL,
    tries integer NOT NULL,
    last_error text NOT NULL,
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, sequence)
);

CREATE TABLE webhook_replays (
    replay_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    next_sequence bigint NOT NULL, -- sent again before anything new
    until_sequence bigint NOT NULL
);

CREATE INDEX webhook_replays_webhook_idx ON webhook_replays (webhook_id, replay_id);
