"""A household's history as a file that proves itself: made from the log and its seals, checked without either."""
