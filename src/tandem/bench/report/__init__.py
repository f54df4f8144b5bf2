"""Results for people: a table in the terminal, a page, Markdown for the documentation."""
