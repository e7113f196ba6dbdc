"""A witness: somebody else, who signs each newer seal of a registry when it goes on from the one signed before."""
