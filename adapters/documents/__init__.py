"""The files people write (scorecards, programmes, mappings, places), read and checked into values of the domain."""
