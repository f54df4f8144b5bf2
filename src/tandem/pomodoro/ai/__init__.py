"""How a text that a model wrote becomes an answer whose every number is true. Pure: no I/O, no clock of its own."""
