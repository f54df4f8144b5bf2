"""What can go wrong with a model of this machine.

::

    OperationalError                 try again later                            503
    +-- ModelMissingError            a package or a file is not there; says what mends it
    +-- ModelBusyError               the queue is full; Retry-After is computed from its length
    +-- ModelDiedError               its process ended under the request
    +-- ModelTimeoutError            no answer in time; its process was ended
    TandemError
    +-- ModelFailedError             the model raised an error for this input   500
"""

from tandem.core.errors import OperationalError, TandemError


class ModelMissingError(OperationalError):
    """The model cannot be loaded: something is not installed or not where a setting says."""

    code = "model_missing"

    def __init__(self, message: str) -> None:
        """Say what is missing and what mends it; trying again helps only after that."""
        super().__init__(message, retry_after=60)


class ModelBusyError(OperationalError):
    """More work waits than is accepted."""

    code = "model_busy"

    def __init__(self, model: str, retry_after: float = 1.0) -> None:
        """Tell to come back after ``retry_after`` seconds, by which time the queue should be worked off."""
        seconds = max(1, round(retry_after + 0.5))
        super().__init__(f"the model {model} has more work than it can take now", retry_after=seconds)


class ModelDiedError(OperationalError):
    """The model's process ended before it answered; the next request gets a new one."""

    code = "model_died"


class ModelTimeoutError(OperationalError):
    """The model did not answer in time; the next request gets a new process."""

    code = "model_timeout"


class ModelFailedError(TandemError):
    """The model raised an error that was not foreseen."""

    code = "model_failed"
