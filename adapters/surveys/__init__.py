"""Survey files: how they are read, mapped to our questionnaire, and joined into households with their people."""
