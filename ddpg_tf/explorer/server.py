"""The explorer's server: the page's own files, and to this computer alone."""

import errno
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PAGE = Path(__file__).parent
HOST = "127.0.0.1"

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}
"""Suffix -> what a browser is told. Files of any other kind are not served."""

Answers = Mapping[str, tuple[str, bytes]]
"""Path of an address -> kind and content."""


def page_files() -> dict[str, tuple[str, bytes]]:
    """What the page consists of. Read once: no path that a client sends is looked up on disk."""
    found = {
        "/" + path.relative_to(PAGE).as_posix(): (KINDS[path.suffix], path.read_bytes())
        for path in sorted(PAGE.rglob("*"))
        if path.suffix in KINDS and path.name != "package.json"
    }
    return {"/": found["/index.html"], **found}


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from a table."""

    def __init__(self, answers: Answers, *arguments):
        self.answers = answers
        super().__init__(*arguments)

    def do_GET(self):
        self.answer()

    def do_HEAD(self):
        self.answer(with_content=False)

    def answer(self, with_content: bool = True) -> None:
        """Send what the table has for the path, or 404."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        path = urlsplit(self.path).path
        # another site's name, pointed at this computer, must not read a run
        if host not in (HOST, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN)
        elif path not in self.answers:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            kind, content = self.answers[path]
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-cache")
            self.end_headers()
            if with_content:
                self.wfile.write(content)

    def log_message(self, format, *arguments):
        """Keep the terminal quiet."""


def server_at(port: int, answers: Answers) -> ThreadingHTTPServer:
    """A server on loopback that has begun to listen; port 0 takes any that is free.

    Raises OSError, saying what to do, if the port cannot be had.
    """
    try:
        return ThreadingHTTPServer((HOST, port), partial(Handler, answers))
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be used here"
        raise OSError(
            f"port {port} {why}; choose another: --port 8124, or 0 for any that is free"
        ) from error
