"""An answer whose JSON is made already."""

from fastapi.responses import Response


class JsonAnswer(Response):
    """Sends ``body`` as it is, with nothing to negotiate: the general way to its headers costs more than the answer."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        """Send ``body``, which is JSON."""
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
