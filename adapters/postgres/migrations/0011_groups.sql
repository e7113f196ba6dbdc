-- To which groups households belonged, and from when until when, as projections/group_memberships describes it: whom a shock
-- over a group struck is found without reading the log.

CREATE TABLE group_memberships (
    household_id uuid NOT NULL,
    belongs_to smallint NOT NULL, -- the group: day labour, a member certified disabled, headed by a woman
    since_on date NOT NULL,
    until_on date, -- the day from which it belonged to it no more
    PRIMARY KEY (household_id, belongs_to, since_on)
);
