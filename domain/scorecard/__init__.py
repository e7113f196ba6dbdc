"""Scorecards: a dated formula as data, checked wholly, compiled once, exact to the last digit."""

from domain.scorecard.canonical import decode_card, encode_card, scorecard_hash
from domain.scorecard.card import FORMAT, Scorecard
from domain.scorecard.check import ColumnRange, check, compile_scorecard, ranges
from domain.scorecard.compiler import Compiled, Scored
from domain.scorecard.entries import Contribution
from domain.scorecard.numbers import Exact, Number, Result, text_of
from domain.scorecard.reader import DICT_READER, Reader, Source, reader_of
from domain.scorecard.refusals import MissingAnswer, ScorecardRefused, ScoreOutOfRange, UnknownAnswer

__all__ = [
    "DICT_READER",
    "FORMAT",
    "ColumnRange",
    "Compiled",
    "Contribution",
    "Exact",
    "MissingAnswer",
    "Number",
    "Reader",
    "Result",
    "ScoreOutOfRange",
    "Scorecard",
    "ScorecardRefused",
    "Scored",
    "Source",
    "UnknownAnswer",
    "check",
    "compile_scorecard",
    "decode_card",
    "encode_card",
    "ranges",
    "reader_of",
    "scorecard_hash",
    "text_of",
]
