-- What programmes reported of households, as projections/participation describes it: how far help came is counted without
-- reading the log.

CREATE TABLE participation (
    household_id uuid NOT NULL,
    programme text NOT NULL,
    enrolment smallint NOT NULL, -- enrolled, suspended or exited
    since date NOT NULL,
    enrolled_on date, -- the day of the last report of enrolled
    PRIMARY KEY (household_id, programme)
);

CREATE TABLE payments (
    household_id uuid NOT NULL,
    programme text NOT NULL,
    paid_on date NOT NULL,
    payments integer NOT NULL, -- how many on that day
    paisa bigint, -- together, as far as the programme said how much
    PRIMARY KEY (household_id, programme, paid_on)
);

-- Which partner reported it; nobody for what comes from desks and surveys.
ALTER TABLE submissions ADD COLUMN partner text;

CREATE INDEX submissions_partner_idx ON submissions (partner, accepted, position) WHERE partner IS NOT NULL;
