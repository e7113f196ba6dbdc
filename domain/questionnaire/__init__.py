"""The survey's questions: typed code lists, what is asked of a household and of a member, and how it was captured."""
