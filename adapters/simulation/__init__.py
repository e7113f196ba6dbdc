"""Simulation: what would change for whom under another cut-off or another scorecard."""
