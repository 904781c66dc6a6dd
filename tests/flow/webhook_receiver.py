# SPDX-License-Identifier: Apache-2.0
"""What a relying party has at a webhook endpoint: takes deliveries, checks them as Standard
Webhooks 1.0 says, and answers as told."""

import base64
import dataclasses
import hashlib
import hmac
import http.server
import json
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from loopback import serve


@dataclasses.dataclass
class Delivery:
    path: str
    headers: object
    body: bytes
    at: float

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def json(self):
        return json.loads(self.body)

    def signatures(self):
        return [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]

    def is_signed_by(self, key):
        """Whether one of the signatures is of the key: "whsec_…" or "whpk_…"."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        kind, octets = key.split("_", 1)
        octets = base64.b64decode(octets, validate=True)
        for version, signature in self.signatures():
            signature = base64.b64decode(signature, validate=True)
            if kind == "whsec" and version == "v1" and hmac.compare_digest(
                    signature, hmac.digest(octets, signed, hashlib.sha256)):
                return True
            if kind == "whpk" and version == "v1a":
                try:
                    Ed25519PublicKey.from_public_bytes(octets).verify(signature, signed)
                    return True
                except InvalidSignature:
                    pass
        return False


class WebhookReceiver:
    """answers: {path: status, (status, headers), or a function}; paths not named answer 204."""

    def __init__(self):
        self.received, self.answers = [], {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    receiver.received.append(
                        Delivery(self.path, self.headers, body, time.monotonic()))
                answer = receiver.answers.get(self.path, 204)
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

    def at(self, path):
        with self.lock:
            return [one for one in self.received if one.path == path]

    def wait(self, path, n=1, within_s=30):
        """What came there, once there are n."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and len(self.at(path)) < n:
            time.sleep(0.02)
        here = self.at(path)
        assert len(here) >= n, f"{len(here)} of {n} at {path} within {within_s} s"
        return here
