# SPDX-License-Identifier: Apache-2.0
"""dvara-service alone, with a stand-in for the gateway that answers as told."""

import http.client
import http.server
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import time
import urllib.parse

import jwt_tools
from gateway import programs
from loopback import serve
from services import plugin

EVENTS = [{"type": "note.written", "label": {"en": "A note was written."}}]
WITHIN_S = 30


class Stub:
    """It serves its keys, and takes news; answer: the status of each POST, keys: of GET /jwks."""

    def __init__(self):
        self.key, self.received, self.answer, self.keys = jwt_tools.ec_key(), [], 204, 200
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.say(stub.keys, json.dumps(
                    {"keys": [jwt_tools.public_jwk(stub.key, "g1")]}).encode())

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(
                    self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status = stub.answer(form) if callable(stub.answer) else stub.answer
                stub.received.append((self.path, form, status))
                self.say(status, b"")

            def say(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server, self.url = serve(Handler)

    def told(self):
        """The forms that were taken."""
        return [form for _, form, status in list(self.received) if status == 204]

    def refused(self):
        return [form for _, form, status in list(self.received) if status != 204]


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.host)


class Host:
    """dvara-service with the plugin borrower."""

    def __init__(self, folder, stub):
        self.folder, self.stub, self.process = folder, stub, None
        self.place = plugin(folder, "borrower", events=EVENTS)
        self.socket, self.state = folder / "s", folder / "state"
        self.state.mkdir()
        key = jwt_tools.ec_key()
        jwk = {**jwt_tools.public_jwk(key, "s1"), "d": private_part(key)}
        folder.joinpath("client.json").write_text(json.dumps(
            {"client_id": "borrower", "private_jwks": {"keys": [jwk]}}))

    def start(self, status=200):
        """Until it answers by that."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [programs() / "dvara-service", "--plugin", self.place / "borrower.so",
                 "--socket", self.socket, "--gateway", self.stub.url, "--client",
                 self.folder / "client.json", "--state", self.state,
                 *(["--uid", "0"] if os.geteuid() == 0 else [])],
                stderr=log, env={k: v for k, v in os.environ.items() if k != "DVARA_LINES"})
        until(lambda: self.answers(status))

    def answers(self, status):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.call("/who")[0] == status
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def called(self, path, **query):
        """A connection with a call in it."""
        now, url = int(time.time()), self.stub.url
        token = jwt_tools.sign(self.stub.key, {"alg": "ES256", "kid": "g1", "typ": "at+jwt"}, {
            "iss": url, "aud": f"{url}/services/borrower", "sub": "person", "client_id": "portal",
            "iat": now, "exp": now + 60, "jti": secrets.token_urlsafe(8)}, "ES256")
        link = UnixConnection(str(self.socket))
        link.request("GET", f"{path}?{urllib.parse.urlencode(query)}",
                     headers={"Authorization": f"Bearer {token}", "Host": "service"})
        return link

    def call(self, path, **query):
        link = self.called(path, **query)
        answer = link.getresponse()
        body = answer.read()
        link.close()
        return answer.status, body

    def tell(self, reference, status=200, **query):
        answer = self.call("/tell", **{"type": "note.written", "reference": reference, **query})
        assert answer[0] == status, answer

    def waiting(self, statement="SELECT COUNT(*) FROM dvara_news", *values):
        with sqlite3.connect(self.state / "service.db", timeout=20) as link:
            return link.execute(statement, values).fetchall()


def private_part(key):
    return jwt_tools.b64u(key.private_numbers().private_value.to_bytes(32, "big"))


def until(is_so):
    end = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
