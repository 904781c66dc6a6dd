# SPDX-License-Identifier: Apache-2.0
"""`deploy/demo login --call`: a service that is away for a moment is asked again."""

import contextlib
import http.server
import json
import pathlib
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))
from demo.fault import Stop  # noqa: E402
from demo.relying_party import RelyingParty  # noqa: E402


@contextlib.contextmanager
def service_that_says(*answers):
    """The last of (status, headers) again and again; an issuer beside it. Its address, and what was
    asked of it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            issuer = f"http://127.0.0.1:{self.server.server_port}"
            status, headers = 200, {}
            if self.path == "/call":
                status, headers = answers[min(len(asked), len(answers) - 1)]
                asked.append(self.path)
            body = json.dumps({"issuer": issuer}).encode()
            self.send_response(status)
            for name, value in {"Content-Length": len(body), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize("answers, n_asked, is_good", [
    ([(503, {"Retry-After": 0}), (503, {"Retry-After": 1}), (200, {})], 3, True),
    ([(503, {})], 1, False),
    ([(503, {"Retry-After": 3600})], 1, False),
    ([(503, {"Retry-After": "tomorrow"})], 1, False),
    ([(502, {"Retry-After": 0})], 1, False)])
def test_a_service_that_is_away_is_asked_again(answers, n_asked, is_good):
    with service_that_says(*answers) as (issuer, asked):
        party = RelyingParty(issuer, {"redirect_uris": ["https://x.test/"]}, None)
        with contextlib.nullcontext() if is_good else pytest.raises(Stop, match="status 50"):
            party.call(f"{issuer}/call", {"access_token": "x"})
        assert len(asked) == n_asked
