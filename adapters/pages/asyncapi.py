"""What partners are told, as an AsyncAPI 3 document: `docs/asyncapi.json` is made by it.

Payloads are described by the structs that they are written from, and the examples are the golden files; so a change of
either shows here, or fails a test.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.home import REPOSITORY
from adapters.nats.reports import REPORT_PREFIX, REPORTS
from adapters.nats.stream import STREAM
from adapters.submissions.partner_report import REFERENCE_CHARACTERS_MAX, Did, PartnerReport
from domain.agreement import AgreementEnded, AgreementMade
from domain.shock import GroupShockDeclared, ShockDeclared, ShockLifted, ShockRevoked, ShockWidened
from projections.feed_message import PAYLOADS, SEQUENCE_DIGITS, SUBJECTS, TermsPayload
from projections.feed_shocks import SHOCK_NAMES

GOLDEN = "tests/golden/feed"
VERSION = "2026.11"
SCHEMAS = "#/components/schemas/{name}"

Json = dict[str, Any]

_TEXT = {"type": "string", "minLength": 1}
_HEADERS: Json = {
    "ce-specversion": {"const": "1.0"},
    "ce-id": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "the feed position: apply each once"},
    "ce-source": {"type": "string", "pattern": "^urn:gharana:", "description": "the registry"},
    "ce-type": {"enum": sorted(PAYLOADS), "description": "the stored name of what is told"},
    "ce-time": {"type": "string", "format": "date-time", "description": "the day of effect, as it begins in Pakistan"},
    "ce-subject": {**_TEXT, "description": "the subject: partner, programme and place"},
    "ce-sequence": {
        "type": "string",
        "pattern": f"^[0-9]{{{SEQUENCE_DIGITS}}}$",
        "description": "the row's number in its feed, without gaps from 1, in as many digits as sort as a text",
    },
    "ce-recordedtime": {"type": "string", "format": "date-time", "description": "when it was written into the log"},
    "ce-traceparent": {
        "type": "string",
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$",
        "description": "W3C Trace Context: the trace is the event's, the parent the feed position",
    },
    "content-type": {"const": "application/json"},
}
_WEBHOOK_HEADERS: Json = {
    "webhook-id": {**_TEXT, "description": "the ce-id: a message that is sent again has the same one"},
    "webhook-timestamp": {"type": "string", "pattern": "^[0-9]+$", "description": "the second at which it is sent"},
    "webhook-signature": {
        "type": "string",
        "pattern": "^(v1|v1a),[A-Za-z0-9+/]+=*$",
        "description": "over id.timestamp.body: v1 is HMAC-SHA256 under the shared secret, v1a Ed25519",
    },
}
_REPORT: Json = {
    "household": {"type": "string", "format": "uuid", "description": "this partner's token for the household"},
    "did": {"enum": [did.word for did in Did], "description": "what the partner did"},
    "on": {"type": "string", "format": "date", "description": "the day on which it did so"},
    "amount_paisa": {"type": "integer", "description": "how much was paid, in paisa; only where it was paid"},
    "reference": {
        **_TEXT,
        "maxLength": REFERENCE_CHARACTERS_MAX,
        "description": "the partner's own name for this report: the same one again adds nothing",
    },
}
REPORT_EXAMPLE = {"household": "3d1f7c55-9a2e-4f0b-8c77-5b1e0d9a4c21", "did": "enrolled", "on": "2026-11-22"}
_PARAMETERS = {
    "partner": "the partner, as `partner add` named it",
    "programme": "the programme",
    "region": "the region of the household, by P-code",
    "district": "its district, by P-code; unknown where no more than the region is known",
}
_OF_AGREEMENTS = frozenset(name for name, payload in PAYLOADS.items() if payload is TermsPayload)


def asyncapi_page(root: Path = REPOSITORY) -> str:
    """Write the document as JSON."""
    return json.dumps(asyncapi_document(root), indent=2, ensure_ascii=False) + "\n"


def asyncapi_document(root: Path = REPOSITORY) -> Json:
    """Describe the channels by which partners are told, the messages in them, and how each side knows the other."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gharana: what partners are told",
            "version": VERSION,
            "description": "One feed for each partner and programme: the same rows, in the same bytes, at every door. "
            "Apply each row once, by its id, and in the order of its sequence.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {name: _message(name, root) for name in sorted(PAYLOADS)},
            "schemas": _schemas(),
            "securitySchemes": _security(),
        },
    }


def _servers() -> Json:
    return {
        "nats": {
            "host": "{host}",
            "protocol": "nats",
            "description": f"NATS JetStream; the stream is {STREAM}, and a partner reads it by a durable consumer.",
            "variables": {"host": {"description": "host and port, as the registry's operator gives them"}},
            "security": [_reference("securitySchemes", "natsUser")],
        },
        "receiver": {
            "host": "{host}",
            "protocol": "https",
            "description": "The partner's own address, which the registry posts to.",
            "variables": {"host": {"description": "a host that the registry's operator has allowed"}},
            "security": [
                _reference("securitySchemes", "hmacSignature"),
                _reference("securitySchemes", "ed25519Signature"),
            ],
        },
    }


def _channels() -> Json:
    changes = sorted(PAYLOADS.keys() - _OF_AGREEMENTS - SHOCK_NAMES)
    agreements = sorted(_OF_AGREEMENTS)
    without_place = {name: _PARAMETERS[name] for name in ("partner", "programme")}
    return {
        "changes": {
            "address": f"{SUBJECTS}.{{partner}}.{{programme}}.{{region}}.{{district}}",
            "description": "Changes of a partner's list, by the place of the household.",
            "servers": [{"$ref": "#/servers/nats"}],
            "parameters": _described(_PARAMETERS),
            "messages": _messages(changes),
        },
        "agreements": {
            "address": f"{SUBJECTS}.{{partner}}.{{programme}}.agreement",
            "description": "The agreement itself: with it a list begins or is over.",
            "servers": [{"$ref": "#/servers/nats"}],
            "parameters": _described(without_place),
            "messages": _messages(agreements),
        },
        "shocks": {
            "address": f"{SUBJECTS}.{{partner}}.{{programme}}.shock",
            "description": "Shocks that name the programme for relief, where they meet the agreed places.",
            "servers": [{"$ref": "#/servers/nats"}],
            "parameters": _described(without_place),
            "messages": _messages(sorted(SHOCK_NAMES)),
        },
        "webhook": {
            "address": None,
            "description": "A feed, posted row by row to the address that was agreed with the partner.",
            "servers": [{"$ref": "#/servers/receiver"}],
            "messages": _messages(sorted(PAYLOADS)),
        },
        "reports": {
            "address": f"{REPORT_PREFIX}{{partner}}.{{programme}}",
            "description": f"What a partner did, a report a message; the answer of the stream {REPORTS} is a receipt.",
            "servers": [{"$ref": "#/servers/nats"}],
            "parameters": _described({name: _PARAMETERS[name] for name in ("partner", "programme")}),
            "messages": {"report": _report()},
        },
    }


def _operations() -> Json:
    post = {"http": {"method": "POST", "bindingVersion": "0.3.0"}}
    return {
        "tellChange": _telling("changes", "Tell a partner of a change of its list."),
        "tellAgreement": _telling("agreements", "Tell a partner that its list begins or is over."),
        "tellShock": _telling("shocks", "Tell a partner of a shock, of its widening or of its end."),
        "takeReport": {
            "action": "receive",
            "channel": {"$ref": "#/channels/reports"},
            "summary": "Take what a partner did with a household on its list.",
        },
        "postRow": {
            **_telling("webhook", "Post the next row of a feed; it was taken when the answer is 2xx."),
            "bindings": post,
        },
    }


def _telling(channel: str, summary: str) -> Json:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(name: str, root: Path) -> Json:
    payload = PAYLOADS[name]
    return {
        "name": name,
        "title": _TITLES.get(name, "A household came to the list, left it, or stands on it otherwise"),
        "contentType": "application/json",
        "headers": {"$ref": SCHEMAS.format(name="CloudEventHeaders")},
        "payload": {"$ref": SCHEMAS.format(name=payload.__name__)},
        "bindings": {
            "http": {"headers": {"$ref": SCHEMAS.format(name="WebhookHeaders")}, "bindingVersion": "0.3.0"},
        },
        "examples": list(_examples(name, root)),
    }


_TITLES = {
    AgreementMade.name: "An agreement came into force: take a snapshot, the list is new",
    AgreementEnded.name: "An agreement ended: the list is over",
    ShockDeclared.name: "A shock struck agreed places",
    GroupShockDeclared.name: "A shock struck groups of households in agreed places",
    ShockWidened.name: "A shock struck further agreed places",
    ShockLifted.name: "A shock is over",
    ShockRevoked.name: "A shock was declared wrongly: relief under it is reversed",
}


def _examples(name: str, root: Path) -> Iterator[Json]:
    for path in sorted((root / GOLDEN).glob("*.json")):
        row = json.loads(path.read_text())
        if row["headers"]["ce-type"] == name:
            yield {"name": path.stem, "headers": row["headers"], "payload": json.loads(row["payload"])}


def _report() -> Json:
    return {
        "name": "report",
        "title": "A partner did something with a household on its list",
        "contentType": "application/json",
        "payload": {"$ref": SCHEMAS.format(name="PartnerReport")},
        "examples": [{"name": "enrolled", "payload": REPORT_EXAMPLE}],
    }


def _schemas() -> Json:
    _, found = msgspec.json.schema_components(
        list(dict.fromkeys(PAYLOADS.values())), ref_template=SCHEMAS.format(name="{name}")
    )
    closed = {name: {**schema, "additionalProperties": False} for name, schema in sorted(found.items())}
    return {
        **closed,
        "CloudEventHeaders": _object(_HEADERS),
        "WebhookHeaders": _object(_WEBHOOK_HEADERS),
        "PartnerReport": {
            **_object(_REPORT),
            "required": [field.name for field in msgspec.structs.fields(PartnerReport) if field.required],
            "additionalProperties": False,
        },
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _security() -> Json:
    return {
        "natsUser": {"type": "userPassword", "description": "The partner's own user, with the rights to its feeds."},
        "hmacSignature": {
            "type": "httpApiKey",
            "name": "webhook-signature",
            "in": "header",
            "description": "v1: HMAC-SHA256 over id.timestamp.body under the shared secret (Standard Webhooks).",
        },
        "ed25519Signature": {
            "type": "httpApiKey",
            "name": "webhook-signature",
            "in": "header",
            "description": "v1a: Ed25519 over id.timestamp.body, checked with the public key (Standard Webhooks).",
        },
    }


def _reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _messages(names: Iterable[str]) -> Json:
    return {name: _reference("messages", name) for name in names}


def _described(meanings: dict[str, str]) -> Json:
    return {name: {"description": meaning} for name, meaning in meanings.items()}
