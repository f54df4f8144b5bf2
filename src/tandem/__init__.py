"""Two AI services on one async platform, and the tools that carry a Flask service over to it."""

__version__ = "0.1.0"
