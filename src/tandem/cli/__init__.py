"""The command ``tandem``: each verb is a few lines that call a room below."""

from tandem.cli.main import main

__all__ = ["main"]
