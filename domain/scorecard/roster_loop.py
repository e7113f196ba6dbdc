"""Writes one loop over the members for all derived values that a function needs from the roster.

Conditions that several values share are asked once: they form a tree, each value hangs where its conditions end, and a
field is read only where a member has come that far (a grown-up is never asked about school).
"""

from collections import ChainMap
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

from domain.scorecard.card import Condition, Order, Pick, Tally
from domain.scorecard.comparison import all_hold
from domain.scorecard.guards import member_guard, quick_test
from domain.scorecard.kinds import ROSTER, Names
from domain.scorecard.operators import formula
from domain.scorecard.reader import Reader
from domain.scorecard.refusals import MissingAnswer
from domain.scorecard.writer import Writer

_LAST: Final = 1 << 62
"""Members whose order is not recorded come last, in the order of the roster."""

Fields = ChainMap[tuple[str, str], str]
"""The variables of fields already read, by name and use, seen from one place of the loop."""
Action = Callable[[Fields, str], None]
"""Writes what happens to a member that has come so far; told the test that makes it certain, or nothing."""


class _Node:
    """A place in the tree of conditions."""

    def __init__(self) -> None:
        self.children: dict[tuple[tuple[Condition, ...], bool], _Node] = {}
        self.actions: list[Action] = []

    def after(self, where: tuple[Condition, ...], where_any: tuple[Condition, ...]) -> "_Node":
        node = self
        for condition in where:
            node = node.children.setdefault(((condition,), False), _Node())
        return node.children.setdefault((where_any, True), _Node()) if where_any else node


class RosterLoop:
    def __init__(self, writer: Writer, names: Names, reader: Reader, *, floats: bool) -> None:
        self.names = names
        self.reader = reader
        self.floats = floats
        self.writer = writer
        self.before, self.body, self.after = (writer.section() for _ in range(3))
        self.members = writer.fresh("r")
        self._root = _Node()

    def write(self, derives: Iterable[Tally | Pick]) -> dict[str, str]:
        """Write the loop; gives the variable that holds each derived value after it."""
        finals = {
            derive.name: self._tally(derive) if isinstance(derive, Tally) else self._pick(derive) for derive in derives
        }
        self._emit(self._root, ChainMap(), ())
        writer = self.writer
        writer.line(f"{self.members} = {self.reader.members}")
        with writer.block(f"if not {self.members}:"):
            writer.line(f"{writer.constant(_refuse_no_members)}()")
        writer.put(self.before)
        with writer.block(f"for m in {self.members}:"):
            writer.put(self.body)
        writer.put(self.after)
        return finals

    def _emit(self, node: _Node, fields: Fields, certain: tuple[str, ...]) -> None:
        for action in node.actions:
            action(fields, " and ".join(dict.fromkeys(certain)))
        for (conditions, either), child in node.children.items():
            where, where_any = ((), conditions) if either else (conditions, ())
            test = all_hold(where, where_any, lambda name, use: self._field(name, use, fields), self.body)
            with self.body.block(f"if {test.possible}:"):
                self._emit(child, fields.new_child(), certain if test.is_plain else (*certain, test.certain))

    def _field(self, name: str, use: str, fields: Fields) -> str:
        """Read a field once, in the form its use needs."""
        known = fields.get((name, use))
        if known is None:
            known = fields[name, use] = self._read(name, use)
        return known

    def _read(self, name: str, use: str) -> str:
        source = self.reader.member(name)
        assert source is not None, "fields that the reader does not know were refused"
        variable = self.body.assign("x", source.expression)
        if source.words is not None:
            self.body.line(f"{variable} = {self.body.constant(source.words)}.get({variable}, {variable})")
        question = self.names.members.get(name)
        codes = self.body.constant(frozenset(question.codes)) if question is not None and question.codes else "()"
        quick = quick_test(variable, use, question, codes)
        if quick is not None:
            guard = self.body.constant(member_guard(name, use, question, floats=self.floats))
            with self.body.block(f"if not ({quick}) and {variable} is not None:"):
                self.body.line(f"{variable} = {guard}({variable}, m, {self.members})")
        return variable

    def _flag(self, start: str) -> str:
        return self.before.assign("u", start)

    def _when_chosen(self, derive: Tally | Pick, chosen: Callable[[Fields], None]) -> str:
        """Hang what happens to a chosen member into the tree; gives the flag of a member of whom we cannot tell."""
        unknown = self._flag("False")

        def act(fields: Fields, certain: str) -> None:
            if not certain:
                chosen(fields)
                return
            with self.body.block(f"if {certain}:"):
                chosen(fields.new_child())
            with self.body.block("else:"):
                self.body.line(f"{unknown} = True")

        self._root.after(derive.where, derive.where_any).actions.append(act)
        return unknown

    def _tally(self, derive: Tally) -> str:
        match derive.op:
            case "count" | "count_any":
                total = self._flag("0")
                unknown = self._when_chosen(derive, lambda _: self.body.line(f"{total} += 1"))
                return self.after.assign("d", f"None if {unknown} else {total}")
            case "any":
                found = self._flag("False")
                unknown = self._when_chosen(derive, lambda _: self.body.line(f"{found} = True"))
                return self.after.assign("d", f"True if {found} else (None if {unknown} else False)")
            case "all":
                return self._all(derive)
            case _:
                return self._of_field(derive)

    def _all(self, derive: Tally) -> str:
        broken, unknown = self._flag("False"), self._flag("False")

        def act(fields: Fields, certain: str) -> None:
            that = all_hold(derive.that, (), lambda name, use: self._field(name, use, fields), self.body)
            with self.body.block(f"if {certain or 'True'} and not ({that.possible}):"):
                self.body.line(f"{broken} = True")
            with self.body.block(f"elif not ({that.possible} and {that.certain}):"):
                self.body.line(f"{unknown} = True")

        self._root.after(derive.where, derive.where_any).actions.append(act)
        return self.after.assign("d", f"False if {broken} else (None if {unknown} else True)")

    def _of_field(self, derive: Tally) -> str:
        field = derive.field
        assert field is not None, "the check asks for the field"
        values = self._flag("[]")
        unknown = self._when_chosen(
            derive, lambda fields: self.body.line(f"{values}.append({self._field(field, 'term', fields)})")
        )
        fold = self.after.constant(_fold(derive.op))
        none = self.after.literal(0 if derive.op == "sum" and derive.if_none is None else derive.if_none)
        return self.after.assign("d", f"None if {unknown} else ({fold}(*{values}) if {values} else {none})")

    def _pick(self, derive: Pick) -> str:
        found, best, best_key = self._flag("False"), self._flag("None"), self._flag("None")

        def chosen(fields: Fields) -> None:
            key = self._key(derive.order_by, fields)
            with self.body.block(f"if not {found} or {key} < {best_key}:"):
                taken = self._field(derive.take, "code", fields.new_child())
                self.body.line(f"{found}, {best_key}, {best} = True, {key}, {taken}")

        unknown = self._when_chosen(derive, chosen)
        none = self.after.literal(derive.if_none)
        return self.after.assign("d", f"None if {unknown} else ({best} if {found} else {none})")

    def _key(self, order_by: tuple[Order, ...], fields: Fields) -> str:
        parts = []
        for order in order_by:
            if self.reader.member(order.field) is None:
                continue  # a roster without line numbers is in order by itself
            field = self._field(order.field, "code" if order.words else "number", fields)
            if order.words:
                ranks = self.body.constant({word: rank for rank, word in enumerate(order.words)})
                parts.append(f"{ranks}.get({field}, {_LAST})")
            else:
                parts.append(f"({'-' if order.descending else ''}{field} if {field} is not None else {_LAST})")
        return self.body.assign("k", f"({''.join(f'{part}, ' for part in parts)})")


def _fold(op: str) -> Callable[..., object]:
    if op == "sum":
        return formula("add")
    if op == "mean":
        total, ratio = formula("add"), formula("ratio")
        return lambda *values: ratio(total(*values), len(values))
    return lambda *values: None if None in values else formula(op)(*values, values[0])


def _refuse_no_members() -> NoReturn:
    raise MissingAnswer(
        ROSTER, (ROSTER,), "The roster is empty or not there, and the scorecard counts its members; give the roster."
    )
