# SPDX-License-Identifier: Apache-2.0
"""What clients have at their backchannel_logout_uri: takes logout tokens, and answers as told."""

import http.server
import threading
import time
import urllib.parse

from authlib.jose import JsonWebKey, JsonWebToken
import requests

import jwt_tools
from loopback import serve

AGAIN_S = 4  # the first wait of the outbox is 5 s
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Receiver:
    """answers: {path: status, (status, headers), or a function of the request}; paths not named
    answer 200."""

    def __init__(self):
        self.received = []  # (path, form, headers, monotonic time)
        self.answers = {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver.lock:
                    receiver.received.append(
                        (self.path, urllib.parse.parse_qs(body), self.headers, time.monotonic()))
                answer = receiver.answers.get(self.path, 200)
                if callable(answer):
                    answer = answer()
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server, self.url = serve(Handler)

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def tokens(self, path):
        with self.lock:
            return [form["logout_token"][0] for there, form, _, _ in self.received if there == path]

    def last(self, path):
        with self.lock:
            return [one for one in self.received if one[0] == path][-1]

    def times(self, path):
        with self.lock:
            return [at for there, _, _, at in self.received if there == path]

    def told_twice(self, path):
        """Sessions whose end was told there twice at once.  A try that was answered too late is
        made again, but later."""
        last, twice = {}, []
        with self.lock:
            came = [(jwt_tools.payload_of(form["logout_token"][0])["sid"], at)
                    for there, form, _, at in self.received if there == path]
        for sid, at in came:
            if sid in last and at - last[sid] < AGAIN_S:
                twice.append(sid)
            last[sid] = at
        return twice

    def wait(self, path, n=1, within_s=30):
        """The tokens that came there, once there are n."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and len(self.tokens(path)) < n:
            time.sleep(0.02)
        tokens = self.tokens(path)
        assert len(tokens) >= n, f"{len(tokens)} of {n} at {path} within {within_s} s"
        return tokens


def opened(gateway, token, alg):
    """The claims, the signature checked by authlib."""
    keys = JsonWebKey.import_key_set(requests.get(f"{gateway.url}/jwks", timeout=20).json())
    return dict(JsonWebToken([alg]).decode(token, keys))
