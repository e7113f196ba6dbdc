"""The checks as data: what each looks for, what becomes of the survey, and what the operator is told to do."""

from domain.checks.finding import Check, Finding, Severity
from domain.questionnaire.answers import Member

REFUSE, FLAG = Severity.REFUSE, Severity.FLAG

OURS = "ours"
ANNUAL_REPORT = "annual report FY 2022-23"
PSLM = "PSLM 2019-20 questionnaire"
CITIZEN_REGISTER = "practice of the citizen register"

CHECKS: tuple[Check, ...] = (
    # The day and the place
    Check("survey_in_the_future", REFUSE, "a survey dated after the day it was received", "Correct the date.", OURS),
    Check("survey_too_early", REFUSE, "a survey from before 2010", "Correct the date.", ANNUAL_REPORT),
    Check(
        "place_malformed",
        REFUSE,
        "a place code that is no P-code, or a union council that is blank, over-long or holds a slash",
        "Write a P-code of region, district or tehsil (PK6, PK602, PK60201) and the council's plain name.",
        "OCHA COD-AB 2022",
    ),
    # The roster
    Check("roster_empty", REFUSE, "a household of nobody", "List the members.", OURS),
    Check("roster_large", FLAG, "more than 30 members", "Confirm that all eat from one kitchen.", OURS),
    Check("head_missing", REFUSE, "no head", "Record one member as head.", PSLM),
    Check("heads_several", REFUSE, "two or more heads", "Keep one head and give the others' relation to her.", PSLM),
    Check("member_twice", REFUSE, "one member id on two lines", "Remove the line that repeats the other.", OURS),
    Check("line_twice", REFUSE, "one roster line given to two members", "Number the lines anew.", PSLM),
    Check("line_not_positive", REFUSE, "a roster line below 1", "Number the lines from 1.", PSLM),
    Check(
        "cnic_twice",
        REFUSE,
        "one CNIC or B-form number on two lines",
        "Check both cards and correct the number that was copied.",
        CITIZEN_REGISTER,
    ),
    # Each person
    Check("age_negative", REFUSE, "an age below 0", "Correct the age.", OURS),
    Check("age_too_high", REFUSE, "an age above 99", "Write 99 for 99 and over.", PSLM),
    Check(
        "birth_date_impossible", REFUSE, "a day or month that no year has, or a year before 1880", "Correct it.", OURS
    ),
    Check("birth_in_the_future", REFUSE, "a birth after the survey", "Correct the birth date.", OURS),
    Check(
        "age_contradicts_birth_date",
        REFUSE,
        "age and birth date more than 5 years apart",
        "Ask for the card and correct the one that is wrong.",
        OURS,
    ),
    Check(
        "age_differs_from_birth_date",
        FLAG,
        "age and birth date more than a year apart",
        "Confirm the birth date by the card.",
        OURS,
    ),
    Check(
        "married_under_10",
        REFUSE,
        "a spouse, or anyone ever married, younger than 10",
        "Correct the age, the relation or the marital status.",
        OURS,
    ),
    Check(
        "married_under_16",
        FLAG,
        "a spouse, or anyone ever married, of 10 to 15",
        "Confirm age and marital status.",
        "Child Marriage Restraint Act 1929",
    ),
    Check("head_under_15", FLAG, "a head younger than 15", "Confirm that no adult lives in the household.", OURS),
    Check("pregnant_man", REFUSE, "a man recorded as pregnant or lactating", "Correct the sex or the answer.", OURS),
    Check("pregnancy_age_unusual", FLAG, "pregnancy before 12 or after 55", "Confirm age and answer.", OURS),
    Check("class_unknown", REFUSE, "a highest class outside the list", "Use the codes 0 to 24 or 28.", PSLM),
    Check("class_beyond_age", FLAG, "a class completed too young", "Confirm the age and the class.", OURS),
    Check(
        "attends_at_unusual_age",
        FLAG,
        "attending school at 3 or younger, or over 25",
        "Confirm the age and the attendance.",
        ANNUAL_REPORT,
    ),
    Check(
        "employed_under_10", FLAG, "a child under 10 who works", "Confirm the age and the work.", "Labour Force Survey"
    ),
    Check(
        "certified_without_kind",
        FLAG,
        "a certified disability of no stated kind",
        "Record the kind that the certificate names.",
        ANNUAL_REPORT,
    ),
    Check("sight_contradicts", FLAG, "both partial and no sight", "Keep the one that applies.", ANNUAL_REPORT),
    Check("difficulties_too_many", REFUSE, "more than six degrees of difficulty", "Give one a domain.", PSLM),
    # Between persons
    Check(
        "relative_not_on_roster",
        REFUSE,
        "a mother, father or spouse who is not on this roster",
        "Name a member of this roster, or leave it out.",
        PSLM,
    ),
    Check("relative_of_herself", REFUSE, "a mother, father or spouse of herself", "Name the other member.", OURS),
    Check("parents_the_same", FLAG, "one member as both mother and father", "Name the two parents.", OURS),
    Check("parent_of_other_sex", FLAG, "a man as mother or a woman as father", "Confirm sex and parent.", OURS),
    Check(
        "child_older_than_parent",
        REFUSE,
        "a child as old as its mother or father, or older",
        "Correct an age or name the right parent.",
        OURS,
    ),
    Check(
        "child_close_to_parent",
        FLAG,
        "a child less than 12 years younger than its mother or father",
        "Confirm both ages, and whether it is a step-parent.",
        OURS,
    ),
    Check(
        "child_older_than_head",
        REFUSE,
        "a child of the head as old as the head, or older",
        "Correct an age or the relation; a step-child has a relation of its own.",
        OURS,
    ),
    Check(
        "generations_too_close",
        FLAG,
        "a child, grandchild, parent or grandparent of the head fewer than 12 years a generation apart",
        "Confirm both ages and the relation.",
        OURS,
    ),
    Check("spouse_not_mutual", REFUSE, "a spouse who names somebody else", "Let both name each other.", OURS),
    Check("spouse_of_same_sex", FLAG, "spouses of one sex", "Confirm the sex of both.", CITIZEN_REGISTER),
    Check(
        "spouse_never_married",
        REFUSE,
        "a spouse who was never married",
        "Correct the relation or the marital status.",
        PSLM,
    ),
    Check(
        "head_without_marriage_has_spouse",
        REFUSE,
        "a spouse of a head who is widowed, divorced or never married",
        "Correct the head's marital status or the other's relation.",
        PSLM,
    ),
    Check(
        "spouses_too_many",
        FLAG,
        "more than four wives of the head, or more than one husband",
        "Confirm each relation to the head.",
        "Muslim Family Laws Ordinance 1961",
    ),
    Check(
        "servant_married_into_household",
        FLAG,
        "a servant whose spouse belongs to the household",
        "Give the relation to the head instead of servant.",
        OURS,
    ),
    # Families
    Check("family_twice", REFUSE, "one family number given twice", "Number the families anew.", CITIZEN_REGISTER),
    Check(
        "family_not_listed",
        REFUSE,
        "a member of a family that is not listed",
        "List the family or correct the member's family number.",
        CITIZEN_REGISTER,
    ),
    Check("family_empty", FLAG, "a family without members", "Remove it or give it its members.", CITIZEN_REGISTER),
    Check(
        "recipient_not_in_family",
        REFUSE,
        "a recipient who is not a member of the family on this roster",
        "Choose a recipient from the family.",
        ANNUAL_REPORT,
    ),
    Check("recipient_under_18", FLAG, "a recipient without an adult's CNIC", "Choose an adult.", CITIZEN_REGISTER),
    Check(
        "alpha_families_several",
        FLAG,
        "more than one alpha family",
        "Confirm each family's kind with the citizen register.",
        ANNUAL_REPORT,
    ),
    # The household's answers
    Check("rooms_impossible", REFUSE, "no room, or more than 50", "Count the living rooms again.", ANNUAL_REPORT),
    Check("rooms_many", FLAG, "more than 20 rooms", "Confirm the number of living rooms.", OURS),
    Check("count_negative", REFUSE, "a number of goods or animals below 0", "Correct the number.", OURS),
    Check("goods_too_many", REFUSE, "more than 99 of one kind of goods", "Correct the number.", OURS),
    Check(
        "animals_too_many",
        REFUSE,
        "more than 95 animals of a kind",
        "Write 95 for 95 and more.",
        "MICS Punjab 2014, HC14",
    ),
    Check(
        "animals_contradict",
        REFUSE,
        "animals counted in a household that says it owns none",
        "Correct the answer or the count.",
        OURS,
    ),
    Check("land_negative", REFUSE, "land below 0", "Correct the area.", OURS),
    Check("land_too_large", REFUSE, "more than 1,000 acres", "Check the unit: marla, kanal or acre.", OURS),
    Check("land_large", FLAG, "more than 200 acres owned", "Confirm the area and its unit.", "Land Reforms Act 1977"),
    Check(
        "land_contradicts",
        REFUSE,
        "an area of land owned by a household that says it owns none",
        "Correct the answer or the area.",
        OURS,
    ),
    Check("toilet_contradicts", FLAG, "a shared toilet where there is none", "Confirm both answers.", OURS),
    Check("light_contradicts", FLAG, "electric light without electricity", "Confirm both answers.", OURS),
    # How it was captured
    Check(
        "interview_ends_before_it_begins",
        REFUSE,
        "an interview that ends before it begins",
        "Set the device's clock and send the survey again.",
        OURS,
    ),
    Check("interview_short", FLAG, "an interview of less than 5 minutes", "A monitor should call back.", OURS),
    Check("interview_long", FLAG, "an interview of more than 12 hours", "A monitor should ask why.", OURS),
    Check(
        "section_outside_interview",
        REFUSE,
        "a section that ends before it begins, or lies outside the interview",
        "Set the device's clock and send the survey again.",
        ANNUAL_REPORT,
    ),
    Check(
        "sections_out_of_order",
        FLAG,
        "sections taken twice, at once or in another order than the questionnaire's",
        "A monitor should ask why.",
        ANNUAL_REPORT,
    ),
    Check(
        "captured_after_received",
        REFUSE,
        "a survey captured after it was received",
        "Set the device's clock and send the survey again.",
        OURS,
    ),
    Check(
        "captured_on_another_day",
        FLAG,
        "a device that dates the survey on another day",
        "Confirm the date of the survey.",
        OURS,
    ),
    Check(
        "position_outside_pakistan",
        FLAG,
        "a device position outside Pakistan",
        "Switch on the device's positioning and confirm where the survey was taken.",
        "OCHA COD-AB 2022, tehsil centroids",
    ),
    Check("position_inaccurate", FLAG, "a position uncertain by more than 5 km", "Take it again outdoors.", OURS),
    Check("respondent_not_on_roster", FLAG, "a respondent who is no member", "Confirm who answered.", OURS),
    Check("respondent_under_15", FLAG, "a respondent younger than 15", "Ask an adult of the household.", OURS),
    Check(
        "respondent_not_matched",
        FLAG,
        "a respondent whose finger is another person's in the citizen register",
        "A monitor should verify who answered.",
        ANNUAL_REPORT,
    ),
)

_BY_NAME = {check.name: check for check in CHECKS}


def finding(name: str, what: str, *members: Member) -> Finding:
    """What a check of the table found: the sentence is what was seen and the check's remedy."""
    check = _BY_NAME[name]
    return Finding(name, check.severity, f"{what} {check.remedy}", tuple(member.member_id for member in members))
