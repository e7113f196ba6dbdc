"""Pages of docs/ that are made from the code itself, and the Markdown they are made of."""
