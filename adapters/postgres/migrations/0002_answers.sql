-- The answers kept ready by the followers. Each row follows from one household's events and decisions and from the
-- policies; the modules of the same names under projections say what each table answers.

CREATE TABLE standing (
    household_id uuid PRIMARY KEY,
    position bigint NOT NULL, -- the last event of the household, or the last change of policy, that was taken in
    version bigint NOT NULL,
    decisions bigint NOT NULL, -- how many decisions stand in the sibling stream
    place text NOT NULL,
    union_council text,
    score numeric,
    scorecard bytea,
    status smallint NOT NULL,
    conclusions bytea NOT NULL,
    due_occasion smallint,
    due_on date,
    last_full_survey_on date
) WITH (fillfactor = 90);

-- Lists of who is due, by place and month. A place is a P-code, and what begins with it lies in it.
CREATE INDEX standing_due_idx ON standing (place text_pattern_ops, due_on) WHERE due_on IS NOT NULL;

CREATE TABLE eligibility (
    household_id uuid NOT NULL,
    programme text NOT NULL,
    outcome smallint NOT NULL,
    since date NOT NULL,
    reason text NOT NULL,
    score numeric,
    place text NOT NULL,
    recipients uuid[] NOT NULL,
    decision_position bigint NOT NULL,
    PRIMARY KEY (household_id, programme)
) WITH (fillfactor = 90);

CREATE INDEX eligibility_programme_idx ON eligibility (programme, outcome, place text_pattern_ops);

CREATE TABLE decisions (
    position bigint PRIMARY KEY,
    household_id uuid NOT NULL,
    programme text NOT NULL,
    was smallint NOT NULL,
    outcome smallint NOT NULL,
    reason text NOT NULL,
    kind smallint NOT NULL,
    decided_on date NOT NULL,
    score numeric,
    place text NOT NULL,
    cause_position bigint NOT NULL,
    policies_position bigint NOT NULL,
    household_version bigint NOT NULL
);

CREATE INDEX decisions_household_idx ON decisions (household_id);
CREATE INDEX decisions_programme_idx ON decisions (programme, position);

CREATE TABLE households (
    household_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    place text NOT NULL,
    union_council text,
    members integer NOT NULL,
    registered_on date NOT NULL,
    last_on date NOT NULL,
    source_key text,
    merged_into uuid
) WITH (fillfactor = 90);

CREATE INDEX households_place_idx ON households (place text_pattern_ops, union_council);

-- One row a household and not one a token: eleven tokens a household would be eleven rows with their overhead, and a
-- search for several names at once is one look into this index.
CREATE TABLE roster_lookup (
    household_id uuid PRIMARY KEY,
    tokens uuid[] NOT NULL
);

CREATE INDEX roster_lookup_tokens_idx ON roster_lookup USING gin (tokens);

-- How far the re-assessment after a change of policy has come; `reached` is the last household that was looked at.
CREATE TABLE reassessments (
    policy_position bigint PRIMARY KEY,
    kind smallint NOT NULL,
    reached uuid NOT NULL,
    done boolean NOT NULL,
    total bigint NOT NULL,
    seen bigint NOT NULL,
    decided bigint NOT NULL
);
