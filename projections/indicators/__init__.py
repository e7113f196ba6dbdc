"""How people live, in counts that are kept as events arrive: the eleven themes of the registry's annual report."""
