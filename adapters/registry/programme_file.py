"""Opening a programme as its file says: its rule, and its illustrative cut-off where the card is adopted."""

from datetime import date

from adapters.documents.programme import ProgrammeDocument
from adapters.registry.opening import Registry
from domain.event import Event
from domain.programme import OpenProgramme, SetCutOff, SetReliefShare


def open_programme(registry: Registry, document: ProgrammeDocument, on: date, by: str) -> list[Event]:
    """Open a programme, give it its poorest share or its illustrative cut-off (if the card that one names is adopted).

    Raises Rejected.
    """
    events = registry.desk.programme(OpenProgramme(document.programme_id, document.rule, on), by)
    if document.poorest_percent is not None:
        name, source = document.programme_id, document.rule.source
        events += registry.desk.programme(SetReliefShare(name, document.poorest_percent, on, source), by)
    illustration = document.illustration
    card = registry.reader.policies().find_card(illustration.scorecard_id) if illustration else None
    if illustration is not None and card is not None:
        command = SetCutOff(
            programme=document.programme_id,
            value=illustration.value,
            comparison=illustration.comparison,
            scorecard=card.content_hash,
            scorecard_id=card.scorecard_id,
            on=on,
            relaxed=illustration.relaxed,
            illustration=True,
            source=illustration.source,
        )
        events += registry.desk.programme(command, by)
    return events
