"""Examples by which models are scored: read, and told apart by their columns."""

import click
import pytest
from click.testing import CliRunner

from tandem.cli.models import KINDS, models, read


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Text,Label\nfine,1\n", [{"text": "fine", "label": "1"}]),
        ('text,label\n"a, b",0\n\n', [{"text": "a, b", "label": "0"}]),
        (
            '﻿file\ttranscript\na.wav\tso "what", he said\n',
            [{"file": "a.wav", "transcript": 'so "what", he said'}],
        ),
        (
            "file\ttranscript\tcomplete\na.wav\tfine\n",
            [{"file": "a.wav", "transcript": "fine", "complete": ""}],
        ),
        ("text,label\r\nfine,1,more\r\n", [{"text": "fine", "label": "1"}]),
        ("text,label\n", []),
    ],
)
def test_reading(tmp_path, text, rows):
    """Commas or tabs, quotes as they stand between tabs, rows that are too short or too long."""
    file = tmp_path / "examples"
    file.write_bytes(text.encode())
    assert read(file).rows == rows


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe\x00"])
def test_what_is_no_table(tmp_path, data):
    """It is said, without a traceback."""
    file = tmp_path / "examples"
    file.write_bytes(data)
    with pytest.raises(click.ClickException):
        read(file)


def test_unknown_columns(tmp_path):
    """The message names what is wanted."""
    file = tmp_path / "examples.csv"
    file.write_text("a,b\n1,2\n")
    answer = CliRunner().invoke(models, ["evaluate", str(file)])
    assert answer.exit_code == 1
    assert "file, transcript" in answer.output
    assert len({columns for columns, _ in KINDS}) == len(KINDS)


def test_a_recording_that_is_not_there(tmp_path):
    """It is named."""
    file = tmp_path / "examples.tsv"
    file.write_text("file\ttranscript\nnothing.wav\tfine\n")
    answer = CliRunner().invoke(models, ["evaluate", str(file)])
    assert answer.exit_code == 1
    assert "nothing.wav" in answer.output


def test_texts_without_labels_and_strange_labels(tmp_path):
    """Both are said before any model is loaded."""
    file = tmp_path / "texts.csv"
    file.write_text("text,label\nfine,\n")
    assert "no labelled text" in CliRunner().invoke(models, ["evaluate", str(file)]).output
    file.write_text("Tweet,Sentiment\nfine,banana\n")
    assert "banana" in CliRunner().invoke(models, ["evaluate", str(file)]).output
    answer = CliRunner().invoke(models, ["evaluate", str(file), "--labels", "banana=fruit"])
    assert answer.exit_code == 2
    assert "negative, neutral, positive" in answer.output


def test_a_line_is_a_line_of_the_file(tmp_path):
    """Characters within a tweet that some call the end of a line are not."""
    file = tmp_path / "texts.csv"
    file.write_text('text,label\n"one\u2028two\x85three",1\n"a\nb",0\n', encoding="utf-8")
    assert [row["label"] for row in read(file).rows] == ["1", "0"]
