-- Where households lived before they moved, and which were surveyed again after a shock, as projections/former_places and
-- projections/shock_surveys describe them: with both, a shock's households are found without reading the log.

CREATE TABLE former_places (
    household_id uuid NOT NULL,
    until_on date NOT NULL, -- the day from which the household lived in the next place
    place text NOT NULL,
    union_council text,
    PRIMARY KEY (household_id, until_on)
);

CREATE TABLE shock_surveys (
    household_id uuid NOT NULL,
    shock text NOT NULL,
    surveyed_on date NOT NULL,
    PRIMARY KEY (household_id, shock)
);

CREATE INDEX shock_surveys_shock_idx ON shock_surveys (shock, surveyed_on);
