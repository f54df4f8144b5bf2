"""The least that an ASGI server can do: ready bytes, nothing looked at."""

import os

SIZE = int(os.environ.get("ANSWER_SIZE", "400"))
BODY = b"x" * SIZE
START = {
    "type": "http.response.start", "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(SIZE).encode())],
}  # fmt: skip
END = {"type": "http.response.body", "body": BODY}


async def app(scope, receive, send):
    """Answer everything alike."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send(START)
    await send(END)
