"""The indicators as people and programs read them: tables, comparison with the annual report, and a page with a map."""
