"""What a quarter costs, where a programme states one amount for everybody it pays."""

from datetime import date

import msgspec

from domain.programme import Amount, Rule


class Cost(msgspec.Struct, frozen=True):
    """One amount in paisa for each person paid, or none and the reason. `once`: it is paid once, not every quarter."""

    paisa: int | None
    sentence: str
    once: bool = False


def cost_of(rule: Rule, day: date) -> Cost:
    """The amount in force on a day."""
    latest: dict[str, Amount] = {}
    for amount in sorted(rule.amounts, key=lambda each: each.from_day):
        if amount.from_day <= day:
            latest[amount.what] = amount
    if not latest:
        return Cost(None, "The programme states no amount in money, so nothing is said about cost.")
    if len(latest) > 1:
        return Cost(None, f"The programme pays {len(latest)} amounts to different people: cost is not worked out.")
    (amount,) = latest.values()
    once = amount.what.startswith("once")
    how = "once" if once else "a quarter"
    sentence = f"PKR {amount.paisa / 100:,.0f} {how} to each person paid ({amount.what}, from {amount.from_day})."
    return Cost(amount.paisa, sentence, once)


def millions(paisa: int) -> str:
    """An amount in millions of rupees, with more digits where it is less than one."""
    amount = paisa / 100 / 1e6
    return f"{amount:,.1f}" if amount == 0 or amount >= 1 else f"{amount:,.4f}"
