"""Texts, their catalogue and the choice of a language."""

import ast
import re
from pathlib import Path

import pytest

from tandem.core.i18n import negotiate, translator

SOURCE = Path(__file__).parents[3] / "src" / "tandem" / "pomodoro"
SLOT = re.compile(r"\{(\w+)[^}]*\}")


def _trees():
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))]


def _texts_in_calls() -> set[str]:
    """Every text that is handed to a translator as a literal."""
    found = set()
    for tree in _trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            is_text = isinstance(function, ast.Name) and function.id in ("text", "translate")
            is_text |= isinstance(function, ast.Attribute) and function.attr == "text"
            is_count = (
                isinstance(function, ast.Attribute) and function.attr == "count" and len(node.args) >= 3
            )
            first = node.args[0]
            if (is_text or is_count) and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def _constants() -> set[str]:
    return {
        node.value
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_text_has_a_czech_translation():
    """A text that is spoken in the code is in the catalogue."""
    missing = _texts_in_calls() - set(translator("cs")._catalog)
    assert not missing


def test_the_catalogue_holds_nothing_that_is_never_said():
    """An entry whose English text stands nowhere in the code is a leftover."""
    assert set(translator("cs")._catalog) <= _constants()


def test_translations_fill_the_same_slots():
    """A slot that a translation forgets or invents would be seen by people."""
    for english, czech in translator("cs")._catalog.items():
        forms = (czech,) if isinstance(czech, str) else czech
        for form in forms:
            wanted = set(SLOT.findall(english)) | ({"n"} if len(forms) > 1 else set())
            assert set(SLOT.findall(form)) | ({"n"} if len(forms) > 1 else set()) == wanted, english
        assert len(forms) in (1, 3)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "cs"),
        ("", "cs"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("de, en;q=0.5, cs;q=0.7", "cs"),
        ("cs;q=0.1,en;q=0.2", "en"),
        ("*", "cs"),
        ("en;q=0", "cs"),
        ("fr", "cs"),
        ("en;q=abc", "cs"),
        (";;;,,,", "cs"),
    ],
)
def test_the_language_follows_the_weights(header, expected):
    """The heaviest known language wins; anything else is the default."""
    assert negotiate(header, "cs") == expected


def test_plurals_are_czech():
    """Czech has three forms, English two."""
    czech, english = translator("cs"), translator("en")
    plural = [entry for entry in czech._catalog.values() if isinstance(entry, tuple)]
    assert plural
    assert [czech._plural(n) for n in (1, 2, 4, 5, 0, 22)] == [0, 1, 1, 2, 2, 2]
    assert english.count("{n} day", "{n} days", 1) == "1 day"
    assert english.count("{n} day", "{n} days", 5) == "5 days"
