-- The keys of people, the tokens that say on whose roster each of them stands, and who was erased.
--
-- Nothing here is readable without the registry's key file: keys are wrapped, tokens are keyed digests.

-- One row a household: the wrapped keys of the household and of everyone who is or was on its roster.
CREATE TABLE household_keys (
    household_id uuid PRIMARY KEY,
    keys bytea NOT NULL
) WITH (toast_tuple_target = 8160);

-- Wrapped keys do not compress; and kept in the row itself, a destroyed key leaves no copy behind in a second table.
ALTER TABLE household_keys ALTER COLUMN keys SET STORAGE EXTERNAL;

-- One person stands on one roster: a token is held once. It is claimed in the transaction that writes the events.
CREATE TABLE tokens (
    token uuid PRIMARY KEY,
    household_id uuid NOT NULL,
    member_id uuid NOT NULL
);

-- In which households' rows a copy of a person's key lies, once there is more than one: erasing her must find them all.
CREATE TABLE key_copies (
    member_id uuid NOT NULL,
    household_id uuid NOT NULL,
    PRIMARY KEY (member_id, household_id)
);

-- Whose keys were destroyed, and when: until the erasure window has passed, copies of a key may survive elsewhere, and a
-- backup that is restored would bring them back.
CREATE TABLE erasures (
    member_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL,
    households uuid[] NOT NULL,
    completed_at timestamptz
);
CREATE INDEX erasures_open_idx ON erasures (erased_at) WHERE completed_at IS NULL;
