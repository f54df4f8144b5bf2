"""The lists of pinned packages."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """The packages of a list and their versions."""
    return dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_an_image_holds_what_serving_needs_at_the_versions_that_are_tested() -> None:
    """And none of the tools of work on the project."""
    serve, everything = pins("requirements-serve.txt"), pins("requirements.txt")
    assert {"fastapi", "asyncpg", "granian"} <= serve.keys()
    assert serve.items() <= everything.items()
    assert serve.keys().isdisjoint(
        {"pytest", "mypy", "ruff", "hypothesis", "hatchling", "xllamacpp", "pandas"}
    )
    image = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[0].rpartition("\nFROM ")[2]
    assert "--require-hashes -r requirements-serve.txt" in image
