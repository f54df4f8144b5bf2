"""How much one caller may ask: requests and model tokens a time, streams at once. See docs/operations/limits.md."""
