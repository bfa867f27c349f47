"""A browser without a window, told what to do over a pipe in the DevTools protocol."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE = 60  # seconds for an answer, on a machine however busy


def program() -> str | None:
    """The browser that is installed, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page in a browser.

    Attributes:
        said: messages of the console, and errors of scripts and of the page's policy, since the page was opened.
        requests: the addresses that were asked for since then.
    """

    def __init__(self, folder: Path) -> None:
        found = program()
        assert found is not None
        theirs, self._out = os.pipe()
        self._in, to_us = os.pipe()
        command = [
            found, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
            "--disable-background-networking", f"--user-data-dir={folder}", "--remote-debugging-pipe", "about:blank",
        ]  # fmt: skip
        # The protocol is spoken over the descriptors 3 and 4; both ends must not lie there before.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs, to_us)]
        nowhere = os.open(os.devnull, os.O_RDWR)
        moves = [(nowhere, 0), (nowhere, 1), (nowhere, 2), (ends[0], 3), (ends[1], 4)]
        actions = [(os.POSIX_SPAWN_DUP2, end, number) for end, number in moves]
        self._process = os.posix_spawn(found, command, os.environ, file_actions=actions)
        for end in (theirs, to_us, nowhere, *ends):
            os.close(end)
        self._left, self._count = b"", 0
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._send(f"{domain}.enable")

    def close(self) -> None:
        """Ends the browser."""
        os.close(self._out)
        os.close(self._in)
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def open(self, path: Path | str, fragment: str = "") -> None:
        """Shows a file, and waits until its scripts have run."""
        self._send("Page.navigate", url="about:blank")
        self._until("Page.loadEventFired")
        self._events.clear()
        address = path if isinstance(path, str) else path.as_uri()
        self._send("Page.navigate", url=address + fragment)
        self._until("Page.loadEventFired")

    def screen(self, width: int, height: int, *, dark: bool = False) -> None:
        """Sets the size of the window and the colour scheme."""
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])

    def scripts(self, allowed: bool) -> None:
        """Whether pages that are opened from now on may run scripts; `run` may in any case."""
        self._send("Emulation.setScriptExecutionDisabled", value=not allowed)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        made = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in made, made["exceptionDetails"]
        return made["result"].get("value")

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, by their names in JavaScript."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            self._send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
            self._send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self) -> bytes:
        """A PNG of what the window shows."""
        return base64.b64decode(self._send("Page.captureScreenshot")["data"])

    @property
    def said(self) -> list[str]:
        names = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(e["params"]) for e in self._events if e["method"] in names]

    @property
    def requests(self) -> list[str]:
        return [e["params"]["request"]["url"] for e in self._events if e["method"] == "Network.requestWillBeSent"]

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._count:
                assert "error" not in found, (method, found["error"])
                return dict(found["result"])
            self._events.append(found)

    def _until(self, method: str) -> None:
        if any(e["method"] == method for e in self._events):
            self._events = [e for e in self._events if e["method"] != method]
            return
        while True:
            found = self._next()
            if found.get("method") == method:
                return
            self._events.append(found)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            more = os.read(self._in, 1 << 20)
            assert more, "the browser has ended"
            self._left += more
        message, self._left = self._left.split(b"\0", 1)
        return dict(json.loads(message))
