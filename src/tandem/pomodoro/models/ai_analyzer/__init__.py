"""The analyzer: AI answers about how it went, how it goes and what to do. One file per answer."""
