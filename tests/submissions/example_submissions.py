"""One example of every kind of submission, as people and programs write them."""

from typing import Any

HOUSEHOLD = "01900000-0000-8000-8000-000000000002"
AMINA_ID = "0c0ffee0-0000-4000-8000-000000000001"
BILAL_ID = "0c0ffee0-0000-4000-8000-000000000002"

AMINA: dict[str, Any] = {
    "line": 1,
    "relation": "head",
    "sex": "female",
    "cnic": "4210112345671",
    "name": "Amina",
    "age": 41,
    "born": "1983-00-00",
    "marital_status": "widowed",
    "literate": True,
    "highest_class": 5,
    "chronic_diseases": ["diabetes"],
}
BILAL: dict[str, Any] = {
    "line": 2,
    "relation": "child",
    "sex": "male",
    "age": 9,
    "mother_line": 1,
    "school": "attending",
}
SURVEY: dict[str, Any] = {
    "place": {"code": "PK60201", "union_council": "12", "settlement": "rural"},
    "roster": [AMINA, BILAL],
    "answers": {
        "dwelling": {"rooms": 2, "toilet": "flush_pit_or_septic", "drinking_water": "hand_pump", "roof": "none"},
        "assets": {"television": 1, "refrigerator": 0},
        "livestock": {"goat": 3},
        "owns_land": False,
    },
    "families": [{"number": 1, "kind": "beta", "recipient_line": 1}],
    "phones": ["03001234567"],
    "address": {"village": "Chak 12"},
}


def written(kind: str, number: int, **rest: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "submission_id": f"00000000-0000-4000-8000-{number:012}",
        "source": "desk",
        "on": "2024-05-31",
        "operator": "op-7",
        **rest,
    }


CAPTURE: dict[str, Any] = {
    "captured_at": "2024-05-31T09:30:00+05:00",
    "centre_kind": "van",
    "position": {"latitude_microdegrees": 31_520_000, "longitude_microdegrees": 74_350_000},
    "sections": [
        {"section": "roster", "started_at": "2024-05-31T09:30:00+05:00", "ended_at": "2024-05-31T09:41:00+05:00"}
    ],
    "biometric": "verified",
}
CHANGES: list[dict[str, Any]] = [
    {"change": "member_joined", "person": BILAL, "reason": "birth", "evidence": ["crc"], "mother": AMINA_ID},
    {"change": "member_left", "member": BILAL_ID, "reason": "departure", "evidence": ["statement_of_two_witnesses"]},
    {"change": "head_changed", "member": BILAL_ID, "relations": {AMINA_ID: "parent", BILAL_ID: "head"}},
    {"change": "marital_status_changed", "member": AMINA_ID, "to": "married"},
    {"change": "disability_changed", "member": AMINA_ID, "to": ["lower_limb"], "certified": True},
    {"change": "gender_changed", "member": AMINA_ID, "to": "transgender"},
    {"change": "recipient_chosen", "family": 1, "member": AMINA_ID},
    {"change": "contact_changed", "phones": ["03001234567"]},
    {"change": "address_changed", "address": {"street": "Canal Road"}},
]
EVERY_KIND: dict[str, dict[str, Any]] = {
    submission["kind"]: submission
    for submission in (
        written("missed_out", 1, survey=SURVEY, source_key="17/4", capture=CAPTURE, role="enumerator", centre="DRC-1"),
        written("shock", 2, household=HOUSEHOLD, shock="flood-2024", survey=SURVEY),
        written("appeal", 3, household=HOUSEHOLD, programme="kafaalat", survey=SURVEY),
        written("cyclic", 4, household=HOUSEHOLD, survey=SURVEY),
        written("recertification", 5, household=HOUSEHOLD, survey=SURVEY, device="tab-9"),
        written("roster_update", 6, household=HOUSEHOLD, changes=CHANGES),
        written("move", 7, household=HOUSEHOLD, place={"code": "PK613"}, address={"house": "4-B"}),
        written("split", 8, household=HOUSEHOLD, members={BILAL_ID: "head"}, place={"code": "PK613"}),
        written("merge", 9, household=HOUSEHOLD, duplicate=AMINA_ID, same_person={BILAL_ID: AMINA_ID}),
        written("correction", 10, household=HOUSEHOLD, corrects=AMINA_ID, reason="wrong toilet", survey=SURVEY),
        written("erasure", 11, household=HOUSEHOLD, member=AMINA_ID, authority="request 12/2024"),
        written("programme_report", 12, household=HOUSEHOLD, programme="kafaalat", report="blocked", filters=["tax"]),
        written("payment_report", 13, household=HOUSEHOLD, programme="kafaalat", amount_paisa=1_050_000),
    )
}
