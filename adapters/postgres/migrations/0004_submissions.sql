-- What became of each submission: a second copy of it is answered from here, and adds nothing.

CREATE TABLE submissions (
    submission_id uuid PRIMARY KEY,
    household_id uuid,
    position bigint NOT NULL, -- of its last event in the log
    accepted boolean NOT NULL,
    content_hash bytea NOT NULL -- keyed digest of the whole content, 16 bytes
);

-- The keyring this registry was made with: another one could open nothing, and would make other tokens for the same people.
CREATE TABLE registry (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key_fingerprint text NOT NULL,
    made_at timestamptz NOT NULL
);

-- Every event that a program which wrote here knew, with the number of its fields (nested ones included). An older
-- program finds a name or a number beyond its own and refuses to start, instead of dropping what it cannot see.
CREATE TABLE event_names (
    name text PRIMARY KEY,
    fields integer NOT NULL
);
