"""A headless Chromium, driven over its own protocol."""

import asyncio
import base64
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
    "--no-first-run", "--hide-scrollbars", "--remote-debugging-port=0", "--window-size=1100,900",
)  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        """What the page wrote to its console as an error, and scripts that broke."""

    async def command(self, method: str, **parameters: Any) -> Any:
        """Send one command of the protocol and return its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json(timeout=20)
            self._listen(message)
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    async def open(self, url: str) -> None:
        """Go to a page and wait until its scripts have run."""
        for domain in ("Page", "Runtime", "Log"):
            await self.command(f"{domain}.enable")
        await self.command("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def look(self, expression: str) -> Any:
        """Return what an expression gives in the page."""
        answer = await self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, expression: str, seconds: float = 10) -> Any:
        """Wait until an expression is true in the page and return it."""
        deadline = time.monotonic() + seconds
        while not (value := await self.look(expression)):
            assert time.monotonic() < deadline, (
                f"never: {expression}\n{await self.look('document.body.innerText')}"
            )
            await asyncio.sleep(0.05)
        return value

    async def fill(self, selector: str, text: str) -> None:
        """Write into a field as a person does."""
        await self.look(f"document.querySelector({selector!r}).focus()")
        await self.look(f"document.querySelector({selector!r}).value = ''")
        await self.command("Input.insertText", text=text)

    async def click(self, selector: str) -> None:
        """Press a button."""
        await self.look(f"document.querySelector({selector!r}).click()")

    async def picture(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        shot = await self.command("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))

    def _listen(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"])


@asynccontextmanager
async def tab(home: Path) -> AsyncIterator[Page]:
    """A browser of its own with one tab."""
    assert PROGRAM is not None
    process = _started(home)
    try:
        port = await asyncio.to_thread(_port, home / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                [target] = [
                    target for target in await answer.json(content_type=None) if target["type"] == "page"
                ]
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
                await socket.send_json({"id": 0, "method": "Browser.close"})
        await asyncio.to_thread(process.wait, 10)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait, 5)


def _started(home: Path) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([str(PROGRAM), *FLAGS, f"--user-data-dir={home}", "about:blank"], **quiet)


def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 20
    while not file.exists() or "\n" not in file.read_text():
        assert process.poll() is None, "the browser ended"
        assert time.monotonic() < deadline, "the browser does not start"
        time.sleep(0.05)
    return int(file.read_text().splitlines()[0])
