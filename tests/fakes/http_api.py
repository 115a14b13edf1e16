"""An API server with scripted answers, over real HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Heard:
    """A request that the server has received."""

    method: str
    path: str
    content_type: str
    authorization: str
    body: Any


@dataclass
class ScriptedAnswers:
    """The answers in their order (status, and body: text, or an object that is sent as JSON), and the requests."""

    answers: list[tuple[int, Any]]
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def http_api(*answers: tuple[int, Any]) -> Iterator[tuple[str, ScriptedAnswers]]:
    """The address of a server that gives these answers, and its script."""
    script = ScriptedAnswers(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            headers = self.headers
            script.heard.append(
                Heard(
                    self.command,
                    self.path,
                    headers.get("Content-Type") or "",
                    headers.get("Authorization") or "",
                    body,
                )
            )
            status, answer = script.answers.pop(0)
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  # the names that the library calls

        def log_message(self, *_: Any) -> None:
            """Print nothing: tests read `heard`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
