"""Whether a text is positive, neutral or negative, with which probability, and which words mattered."""
