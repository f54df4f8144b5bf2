"""`tandem models evaluate` on recordings, with the real model."""

import json
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from recordings import spoken
from tandem.cli.models import models


@pytest.mark.timeout(180)
@pytest.mark.skipif(not find_spec("faster_whisper"), reason="speech to text is not installed: tandem[models]")
def test_the_word_error_rate(tmp_path, monkeypatch):
    """Of each recording and of all; what is incomplete is not scored, what cannot be read counts as not heard."""
    monkeypatch.setenv("TANDEM_HOME", str(tmp_path / "home"))
    for name in ("a", "b"):
        (tmp_path / f"{name}.wav").write_bytes(spoken("brooklyn_bridge"))
    (tmp_path / "c.wav").write_bytes(b"nothing")
    examples = tmp_path / "examples.tsv"
    examples.write_text(
        "file\tcomplete\ttranscript\n"
        "a.wav\tyes\tHow old is the Brooklyn Bridge?\nb.wav\tno\t(a question)\nc.wav\tyes\tfour words of speech\n"
    )
    answer = CliRunner().invoke(models, ["evaluate", str(examples), "--json", str(tmp_path / "figures.json")])
    assert answer.exit_code == 0, answer.output
    figures = json.loads((tmp_path / "figures.json").read_text())
    first, second, third = figures["recordings"]
    assert (first["word_error_rate"], first["words"]) == (0.0, 6)
    assert "word_error_rate" not in second
    assert (third["word_error_rate"], third["deletions"]) == (1.0, 4)
    assert "no recording" in third["problem"]
    assert figures["word_error_rate"] == 0.4
    assert figures["model"] == "whisper-tiny.en"
    assert "word error rate 40.00 %" in answer.output
