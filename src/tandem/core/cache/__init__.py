"""Two levels of cache, memory and Redis, and the rules that keep both right."""
