"""`gharana simulate`: what would change for whom under another cut-off or another scorecard. It decides nothing."""

import os
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from adapters.cli.extract import default_folder
from adapters.cli.output import Json, Output, verb
from adapters.documents.places import load_places
from adapters.documents.usable_scorecard import adoptable
from adapters.extract.manifest import Manifest
from adapters.faults import Refused
from adapters.simulation.answers import Answer, Group, errors, groups
from adapters.simulation.costs import cost_of
from adapters.simulation.currency import find_ids_in, refuse_outdated
from adapters.simulation.engines import DUCKDB, ENGINES, open_engine
from adapters.simulation.opened import Engine, OpenExtract
from adapters.simulation.page import write_page
from adapters.simulation.reference import read_asked, read_reference
from adapters.simulation.rules import CutOff, refuse_poorest_share
from adapters.simulation.simulation import Found, Question, cutoff_of, propose_cutoff, simulate
from adapters.simulation.where import read_where
from domain.programme import Relaxation
from domain.questionnaire.codes import Comparison
from domain.scorecard.canonical import scorecard_hash
from domain.scorecard.card import Scorecard

COMPARISONS = {"at_or_under": Comparison.AT_OR_UNDER, "under": Comparison.UNDER}


@verb
def run(
    *,
    programme: Annotated[str, typer.Option("--programme", metavar="P", help="The programme, such as kafaalat.")],
    cutoff: Annotated[str | None, typer.Option("--cutoff", metavar="X", help="Another cut-off.")] = None,
    comparison: Annotated[
        str | None, typer.Option("--comparison", help="at_or_under or under; as it is now if left out.")
    ] = None,
    relaxed: Annotated[
        list[str] | None, typer.Option("--relaxed", metavar="NAME=X", help="A higher cut-off under a circumstance.")
    ] = None,
    scorecard: Annotated[
        str | None, typer.Option("--scorecard", metavar="FILE", help="Another scorecard: a file, or one shipped.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="FILTER", help="Such as 'place=PK6 and size>=5'.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="FILE:COLUMN[:below V|:is W]", help="Who is really poor.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help=" or ".join(ENGINES))] = DUCKDB,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")] = None,
    extract: Annotated[
        Path | None, typer.Option("--extract", metavar="DIR", help="The extract; beside the registry if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Simulate a cut-off or scorecard over an extract: who enters, leaves and stays, where, and at what cost."""
    output = Output(json=json)
    conditions = read_where(where or [])
    asked = None if reference is None else read_asked(reference)
    opened = OpenExtract(extract or default_folder())
    refuse_outdated(opened.manifest, programme, os.environ)
    known = opened.manifest.find_programme(programme)
    if known is None:
        names = ", ".join(each.programme for each in opened.manifest.programmes) or "none"
        raise Refused(f"Programme {programme!r} is not in the extract; there are {names}.")
    refuse_poorest_share(known)
    started = time.monotonic()
    with find_ids_in(opened.manifest, os.environ) as find_ids:
        refers = None if asked is None else read_reference(asked, find_ids)
    card = _card(opened, known.cutoff.scorecard if known.cutoff else None, scorecard)
    question = Question(known, card if known.rule.needs_score else None, None, conditions, refers)
    ready = open_engine(engine)
    with output.progress("Simulating", opened.manifest.households) as more:
        question, notes = _with_cutoff(opened, ready, question, (cutoff, comparison, relaxed or []), more)
        notes = [*_behind(opened.manifest), *notes]
        found = simulate(opened, ready, question, more)
    answer = _answer(opened, question, found, (" and ".join(where or []), notes, time.monotonic() - started))
    if html is not None:
        write_page(answer, html)
    _tell(output, answer)


def _card(opened: OpenExtract, current: bytes | None, named: str | None) -> Scorecard | None:
    if named is not None:
        return adoptable(named).card
    return None if current is None else opened.manifest.card(current)


def _behind(manifest: Manifest) -> list[str]:
    missing = manifest.log_position - manifest.position
    sentence = (
        f"The extract was made as it stood: at position {manifest.position:,}, when the log was at "
        f"{manifest.log_position:,}. Events that are not in it: {missing:,}."
    )
    return [sentence] if missing else []


def _with_cutoff(
    opened: OpenExtract,
    engine: Engine,
    question: Question,
    options: tuple[str | None, str | None, list[str]],
    more: Any,
) -> tuple[Question, list[str]]:
    """Put the cut-off into the question: the one asked for, the one in force, or one proposed for another card."""
    value, comparison, relaxed = options
    programme = question.programme
    if not programme.rule.needs_score:
        if value is not None or comparison is not None or relaxed:
            raise Refused(f"{programme.programme} does not look at the score, so it takes no cut-off.")
        return question, [f"{programme.rule.title} does not look at the score: nothing changes by a cut-off."]
    if question.card is None:
        raise Refused(f"{programme.programme} has no cut-off in force, so its card is not known: name --scorecard.")
    now = cutoff_of(programme)
    same_card = programme.cutoff is not None and scorecard_hash(question.card) == programme.cutoff.scorecard
    kind = comparison_named(comparison) if comparison else (now.comparison if now else Comparison.AT_OR_UNDER)
    limits = relaxations_in(relaxed) if relaxed else (now.relaxed if now and same_card else {})
    notes = []
    if value is None and not same_card:
        proposal = propose_cutoff(opened, engine, question, more)
        value, kind = str(proposal.value), Comparison.AT_OR_UNDER
        notes.append(
            f"A cut-off belongs to one card, and none was given for {question.card.id}: {proposal.value} is proposed, "
            f"which lets {proposal.would_be_in:,} in where {proposal.were_in:,} are in now."
        )
    if not same_card and now is not None and now.relaxed and not relaxed:
        notes.append("The higher cut-offs of the programme belong to its own card and are left out: see --relaxed.")
    chosen = _decimal(value, "--cutoff") if value is not None else (now.value if now else Decimal(0))
    higher = {each: limit for each, limit in limits.items() if limit > chosen}
    return msgspec.structs.replace(question, cutoff=CutOff(chosen, kind, higher)), notes


def comparison_named(word: str) -> Comparison:
    """A comparison by its word. Raises Refused."""
    if word not in COMPARISONS:
        raise Refused(f"--comparison is {' or '.join(COMPARISONS)}, not {word!r}.")
    return COMPARISONS[word]


def relaxations_in(texts: list[str]) -> dict[Relaxation, Decimal]:
    """Higher cut-offs as NAME=X. Raises Refused."""
    words = {each.word: each for each in Relaxation}
    limits = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in words:
            raise Refused(f"--relaxed: {text!r} is not understood: write NAME=X with one of {', '.join(words)}.")
        limits[words[name]] = _decimal(value, "--relaxed")
    return limits


def _decimal(text: str, option: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Refused(f"{option}: {text!r} is not a number.")
    return value


def _answer(opened: OpenExtract, question: Question, found: Found, context: tuple[str, list[str], float]) -> Answer:
    where, notes, seconds = context
    manifest, programme = opened.manifest, question.programme
    cost = cost_of(programme.rule, manifest.day)
    cutoff, card = question.cutoff, question.card
    before = cutoff_of(programme)
    if programme.cutoff is not None and programme.cutoff.illustration:
        notes = [*notes, "The programme's cut-off is an illustration: the agency's own formula is not published."]
    if programme.rule.verification:
        notes = [*notes, "Counted as in are those who are eligible, and those who would be once they are verified."]
    return Answer(
        programme=programme.programme,
        title=programme.rule.title,
        scorecard="" if card is None else card.id,
        scorecard_hash=None if card is None else scorecard_hash(card).hex(),
        cutoff=None if cutoff is None else cutoff.value,
        comparison=None if cutoff is None else cutoff.sign,
        relaxed={} if cutoff is None else {each.word: value for each, value in cutoff.relaxed.items()},
        cutoff_before=None if before is None else before.value,
        where=where,
        registry_position=manifest.position,
        day=manifest.day,
        considered=found.considered,
        left_out=found.left_out,
        not_scored=found.not_scored,
        exactly=found.exactly,
        **groups(found, load_places(), cost),
        cost_note=cost.sentence,
        notes=notes,
        curves=list(found.curves),
        reference=None if question.reference is None else question.reference.asked.in_words,
        referred=found.referred,
        errors_before=errors(found.before),
        errors_after=errors(found.after),
        seconds=round(seconds, 3),
    )


COLUMNS = (
    "group",
    "households",
    "in_now",
    "in_then",
    "entering",
    "leaving",
    "staying",
    "cost_now_mpkr",
    "cost_then_mpkr",
)


def _tell(output: Output, answer: Answer) -> None:
    if output.json:
        output.line(msgspec.to_builtins(answer, builtin_types=(Decimal,)))
        return
    by = {
        "by region": answer.by_region,
        "by sex of the head": answer.by_sex_of_head,
        "by number of people": answer.by_size,
        "by disability": answer.by_disability,
        "by district": answer.by_district,
    }
    if answer.cutoff is not None:
        before = "" if answer.cutoff_before is None else f" (now {answer.cutoff_before})"
        output.say(f"{answer.title}: score {answer.comparison} {answer.cutoff} on {answer.scorecard}{before}")
    output.table(COLUMNS, [_row(answer.whole)])
    for title, listed in by.items():
        output.table(COLUMNS, [_row(group) for group in listed], title=f"\n{title}")
    for name, matrix in (("now", answer.errors_before), ("then", answer.errors_after)):
        if matrix is not None:
            output.say(
                f"errors {name}: {matrix.poor_in:,} poor in, {matrix.poor_out:,} poor out, {matrix.others_in:,} others "
                f"in, {matrix.others_out:,} others out; inclusion {_share(matrix.inclusion_error)}, exclusion "
                f"{_share(matrix.exclusion_error)} ({answer.reference})"
            )
    output.say(answer.cost_note, *answer.notes)
    output.say(
        f"{answer.considered:,} households ({answer.not_scored:,} without a score, {answer.exactly:,} scored one by "
        f"one, {answer.left_out:,} left out by the filter) in {answer.seconds:,.1f} s"
    )


def _row(group: Group) -> tuple[object, ...]:
    costs = (None if cost is None else round(cost / 1e6, 2) for cost in (group.cost_now_pkr, group.cost_then_pkr))
    flows = (group.entering, group.leaving, group.staying)
    return (group.group, group.households, group.in_now, group.in_then, *flows, *costs)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
