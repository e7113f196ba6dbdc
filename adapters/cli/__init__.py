"""The command line: one file a verb. It reads arguments, calls the registry, and says what happened."""
