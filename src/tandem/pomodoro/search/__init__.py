"""Finding notes, as pure calculations: words, pieces, the space of meanings, and one ranking out of two."""
