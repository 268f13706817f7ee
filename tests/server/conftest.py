"""A real client: it starts the command, and speaks to it over pipes as an editor does."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytest.importorskip("pygls")

#: Seconds that any answer may take; a loaded machine is slow.
PATIENCE = 20
CAPABILITIES = {
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]}},
    "textDocument": {
        "rename": {"prepareSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    },
}


class Refused(Exception):
    """The server answered with an error."""


class Editor:
    """An editor with one repository open. Lines and columns count from 0, columns in UTF-16 units."""

    def __init__(self, root: Path, capabilities: dict[str, Any] | None = None) -> None:
        self.root = root
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "SOURCE_DATE_EPOCH": "1769947200"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "milestones", "server", "--stdio"],
            cwd=root,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._notices: list[dict[str, Any]] = []
        self._number = 0
        self._versions: dict[str, int] = {}
        threading.Thread(target=self._read, daemon=True).start()
        chosen = CAPABILITIES if capabilities is None else capabilities
        self.hello = self.ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": chosen})
        self.tell("initialized", {})

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline().strip()) or not length:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                elif not line:
                    return
            self._answers.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        stream = self._process.stdin
        assert stream is not None
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        stream.flush()

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Send a request, and wait for its answer."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._answers.get(timeout=PATIENCE)
            if message.get("id") != self._number or "method" in message:
                self._notices.append(message)
            elif "error" in message:
                raise Refused(message["error"]["message"])
            else:
                return message["result"]

    def uri(self, path: str) -> str:
        """The address of a file."""
        return (self.root / path).as_uri()

    def text(self, path: str) -> str:
        """What is on disk."""
        return (self.root / path).read_bytes().decode()

    def open(self, path: str, text: str | None = None) -> list[dict[str, Any]]:
        """Open a file, perhaps with another text than it has, and wait for its findings."""
        self._versions[path] = 1
        shown = self.text(path) if text is None else text
        item = {"uri": self.uri(path), "languageId": "markdown", "version": 1, "text": shown}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return self.findings(path)

    def type(self, path: str, text: str) -> list[dict[str, Any]]:
        """Change a file's text, and wait for its findings."""
        self._versions[path] += 1
        named = {"uri": self.uri(path), "version": self._versions[path]}
        self.tell("textDocument/didChange", {"textDocument": named, "contentChanges": [{"text": text}]})
        return self.findings(path)

    def findings(self, path: str) -> list[dict[str, Any]]:
        """The findings of the text as it is."""
        while True:
            message = self.notice("textDocument/publishDiagnostics")
            params = message["params"]
            if unquote(params["uri"]) == unquote(self.uri(path)) and params.get("version") == self._versions[path]:
                found: list[dict[str, Any]] = params["diagnostics"]
                return found

    def notice(self, method: str) -> dict[str, Any]:
        """The next notification of a kind."""
        while True:
            message = self._notices.pop(0) if self._notices else self._answers.get(timeout=PATIENCE)
            if message.get("method") == method:
                return message

    def at(self, path: str, line: int, character: int, **more: Any) -> dict[str, Any]:
        """A place in a file, as requests name it."""
        place = {"line": line, "character": character}
        return {"textDocument": {"uri": self.uri(path)}, "position": place, **more}

    def end(self) -> int:
        """Shut the server down. Its exit status; nothing may be on its standard error."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        _, errors = self._process.communicate(timeout=PATIENCE)
        assert b"Traceback" not in errors, errors.decode()
        return self._process.returncode

    def kill(self) -> None:
        """Whatever happened, leave no process behind."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def editing() -> Iterator[Callable[..., Editor]]:
    """Start an editor in a repository."""
    started: list[Editor] = []

    def start(root: Path, capabilities: dict[str, Any] | None = None) -> Editor:
        started.append(Editor(root, capabilities))
        return started[-1]

    yield start
    for editor in started:
        editor.kill()
