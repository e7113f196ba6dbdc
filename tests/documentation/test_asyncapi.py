"""The document that partners build their receivers from says what is sent."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from adapters.home import REPOSITORY
from adapters.pages.asyncapi import GOLDEN, REPORT_EXAMPLE, asyncapi_document, asyncapi_page
from adapters.submissions.partner_report import Did, PartnerReport, read_report
from adapters.webhooks.signing import Scheme, signed_headers, signer
from projections.feed_message import PAYLOADS
from tests.golden.wire import EXAMPLES, as_sent, on_file

PAGE = REPOSITORY / "docs" / "asyncapi.json"
DOCUMENT = asyncapi_document()
PARSER = "@asyncapi/parser@3.6.6"
INSTALLED_SECONDS_MAX = 300


def check(schema: str, value: object) -> None:
    """Hold a value against a schema of the document."""
    Draft7Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}, format_checker=FormatChecker()
    ).validate(value)


def test_the_document_is_up_to_date():
    assert PAGE.read_text() == asyncapi_page(), "make it anew: bin/gharana feed asyncapi > docs/asyncapi.json"


def test_everything_that_is_told_is_a_message_with_examples():
    told = {example.name for example in EXAMPLES.values()}
    assert set(DOCUMENT["components"]["messages"]) == told == set(PAYLOADS)
    assert all(message["examples"] for message in DOCUMENT["components"]["messages"].values())
    shown = [one["name"] for message in DOCUMENT["components"]["messages"].values() for one in message["examples"]]
    assert sorted(shown) == sorted(path.stem for path in (REPOSITORY / GOLDEN).glob("*.json"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_sent_is_what_the_document_says(name: str):
    row = on_file(as_sent(EXAMPLES[name]))
    message = DOCUMENT["components"]["messages"][row["headers"]["ce-type"]]
    check(message["payload"]["$ref"].rpartition("/")[2], json.loads(row["payload"]))
    check("CloudEventHeaders", row["headers"])
    assert row["headers"].keys() == DOCUMENT["components"]["schemas"]["CloudEventHeaders"]["properties"].keys()


@pytest.mark.parametrize("scheme", Scheme)
def test_what_a_webhook_adds_is_what_the_document_says(scheme: Scheme):
    headers = signed_headers({"ce-id": "1"}, b"{}", signer(scheme, bytes(32)), 1_790_000_000)
    check("WebhookHeaders", headers)
    assert headers.keys() - {"ce-id"} == DOCUMENT["components"]["schemas"]["WebhookHeaders"]["properties"].keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_subject_is_that_of_its_channel(name: str):
    row = on_file(as_sent(EXAMPLES[name]))
    channels = [one for one in DOCUMENT["channels"].values() if one["address"]]
    (channel,) = [one for one in channels if row["headers"]["ce-type"] in one["messages"]]
    words, pattern = row["subject"].split("."), channel["address"].split(".")
    assert len(words) == len(pattern)
    assert all(
        part == word or part.strip("{}") in channel["parameters"] for part, word in zip(pattern, words, strict=True)
    )


@pytest.mark.parametrize(
    ("schema", "change"),
    [
        ("ChangePayload", {"to": "perhaps"}),
        ("ChangePayload", {"household": 7}),
        ("ChangePayload", {"cnic": "9000000000017"}),
        ("ChangePayload", {"since": "yesterday"}),
        ("TermsPayload", {"places": "PK6"}),
    ],
)
def test_what_is_never_sent_is_found(schema: str, change: dict):
    payload = json.loads(on_file(as_sent(EXAMPLES[_EXAMPLE_OF[schema]]))["payload"])
    check(schema, payload)
    with pytest.raises(ValidationError):
        check(schema, {**payload, **change})


_EXAMPLE_OF = {"ChangePayload": "moved_into_area", "TermsPayload": "agreement_made"}


def test_a_report_as_the_document_says_is_one_that_is_read():
    check("PartnerReport", REPORT_EXAMPLE)
    assert read_report(json.dumps(REPORT_EXAMPLE).encode()).did is Did.ENROLLED
    assert list(DOCUMENT["components"]["schemas"]["PartnerReport"]["properties"]) == list(
        PartnerReport.__struct_fields__
    )
    with pytest.raises(ValidationError):
        check("PartnerReport", {**REPORT_EXAMPLE, "did": "forgotten"})


def test_every_field_has_its_meaning():
    for schema in DOCUMENT["components"]["schemas"].values():
        bare = [name for name, field in schema["properties"].items() if not {"description", "const"} & field.keys()]
        assert bare == []


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.timeout(INSTALLED_SECONDS_MAX)
def test_the_parser_of_asyncapi_finds_nothing_wrong(tmp_path: Path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (tmp_path / "package.json").write_text('{"private": true}')
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PARSER]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True)
    assert parsed(tmp_path, asyncapi_page()) == []
    broken = {**DOCUMENT, "operations": {"tell": {"action": "shout", "channel": {"$ref": "#/channels/nowhere"}}}}
    assert parsed(tmp_path, json.dumps(broken)) != [], "a parser that finds nothing in this finds nothing at all"


SCRIPT = """
const { Parser } = require('@asyncapi/parser');
const text = require('fs').readFileSync(0, 'utf8');
new Parser().parse(text).then(({ document, diagnostics }) => {
  const found = diagnostics.filter((one) => one.severity <= 1).map((one) => `${one.path.join('.')}: ${one.message}`);
  console.log(JSON.stringify(document ? found : [...found, 'it is no document']));
});
"""


def parsed(folder: Path, document: str) -> list[str]:
    """Errors and warnings of the official parser."""
    done = subprocess.run(
        ["node", "-e", SCRIPT], cwd=folder, input=document, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
