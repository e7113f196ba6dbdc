"""Plots as SVG inside the page: text stays text, everybody can tell the colours apart, lines differ in form as well."""

import io
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from adapters.simulation.answers import Group
from adapters.simulation.curves import Curve

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#555555"
"""From the palette of Okabe and Ito (2008), which people with any colour vision can tell apart."""
_LINES: Final = {"those in now": (BLUE, "-"), "those who would be in": (ORANGE, "--")}
_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gharana",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def lorenz(curves: Sequence[Curve]) -> str:
    """Cumulative shares against the cumulative share of households, from the poorest on."""
    with mpl.rc_context(_SETTINGS):
        figure, axes = _figure(6.4, 5.2)
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="everybody alike")
        for line in curves:
            colour, style = _LINES.get(line.what, (GREEN, ":"))
            axes.plot(line.households, line.share, color=colour, linestyle=style, linewidth=2, label=line.what)
        axes.set_xlabel("share of households, from the poorest on")
        axes.set_ylabel("share of the whole")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.legend(frameon=False, loc="lower right")
        return _svg(figure, "Lorenz curve and who is reached, from the poorest household to the richest")


def flows(groups: Sequence[Group], title: str) -> str:
    """Who enters and who leaves, a bar to each side."""
    shown = [group for group in groups if group.entering or group.leaving]
    with mpl.rc_context(_SETTINGS):
        figure, axes = _figure(7.2, 1.1 + 0.36 * max(len(shown), 1))
        names = [group.group for group in shown]
        axes.barh(names, [group.entering for group in shown], color=BLUE, label="entering")
        axes.barh(
            names, [-group.leaving for group in shown], color=ORANGE, hatch="//", edgecolor="white", label="leaving"
        )
        axes.axvline(0, color=GREY, linewidth=1)
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
        axes.set_xlabel("households leaving (left) and entering (right)")
        axes.margins(y=0.02)
        axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
        return _svg(figure, title)


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _svg(figure: Figure, title: str) -> str:
    """The SVG element alone, named for those who do not see it."""
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = written.getvalue()
    element = text[text.index("<svg") :]
    return element.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
