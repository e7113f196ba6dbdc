"""Scorecards over columns: one expression that scores millions of households, equal to the exact engine row by row."""
