# SPDX-License-Identifier: Apache-2.0
"""How news get from a plugin's step to the gateway (plugins/host/news.c): dvara-service alone, with
a stand-in for the gateway that answers as told."""

import http.client
import http.server
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import pytest

import jwt_tools
from gateway import programs, stop
from services import plugin

EVENTS = [{"type": "note.written", "label": {"en": "A note was written."}}]
WITHIN_S = 30


class Stub:
    """It serves its keys, and takes news; answer: the status of POST /news."""

    def __init__(self):
        self.key, self.received, self.answer = jwt_tools.ec_key(), [], 204
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.say(200, json.dumps(
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

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

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

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [programs() / "dvara-service", "--plugin", self.place / "borrower.so",
                 "--socket", self.socket, "--gateway", self.stub.url, "--client",
                 self.folder / "client.json", "--state", self.state,
                 *(["--uid", "0"] if os.geteuid() == 0 else [])],
                stderr=log, env={k: v for k, v in os.environ.items() if k != "DVARA_LINES"})
        until(self.is_up)

    def is_up(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.call("/who")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, path, **query):
        now, url = int(time.time()), self.stub.url
        token = jwt_tools.sign(self.stub.key, {"alg": "ES256", "kid": "g1", "typ": "at+jwt"}, {
            "iss": url, "aud": f"{url}/services/borrower", "sub": "person", "client_id": "portal",
            "iat": now, "exp": now + 60, "jti": secrets.token_urlsafe(8)}, "ES256")
        link = UnixConnection(str(self.socket))
        link.request("GET", f"{path}?{urllib.parse.urlencode(query)}",
                     headers={"Authorization": f"Bearer {token}", "Host": "service"})
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


def references(forms):
    return [form.get("reference") for form in forms]


@pytest.fixture
def stub():
    here = Stub()
    yield here
    here.server.shutdown()
    here.server.server_close()


@pytest.fixture
def host(tmp_path, stub):
    host = Host(tmp_path, stub)
    host.start()
    yield host
    stop(host.process)


def test_told_as_itself(host, stub):
    host.tell("N-1")
    host.tell(None, subject="somebody", clients="portal other")
    until(lambda: len(stub.told()) == 2)
    (path, first, _), (_, second, _) = stub.received
    assert path == "/news"
    assert {name: first[name] for name in ("sub", "type", "reference", "client_id")} == {
        "sub": "person", "type": "note.written", "reference": "N-1", "client_id": "borrower"}
    assert "clients" not in first and second["clients"] == "portal other"
    assert second["sub"] == "somebody" and first["id"] != second["id"] and len(first["id"]) == 22
    claims = jwt_tools.payload_of(first["client_assertion"])
    assert claims["iss"] == claims["sub"] == "borrower" and claims["aud"] == stub.url
    assert "token" not in first, "nobody's token is needed"
    until(lambda: host.waiting() == [(0,)])


def test_not_told_when_undone(host, stub):
    host.tell("undone", status=403, undo="yes")
    host.tell("done")
    until(lambda: stub.told())
    assert references(stub.told()) == ["done"]


def test_the_gateway_is_away_and_back(host, stub):
    stub.answer = 503
    for n in range(30):
        host.tell(f"N-{n}")
    until(lambda: stub.refused())
    stub.answer = 204
    until(lambda: len(stub.told()) >= 30)
    assert references(stub.told()) == [f"N-{n}" for n in range(30)], "once each, and in order"
    until(lambda: host.waiting() == [(0,)])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_kept_whatever_is_wrong_there(host, stub, status):
    stub.answer = status
    host.tell("kept")
    until(lambda: stub.refused())
    stub.answer = 204
    until(lambda: stub.told())
    assert {form["id"] for form in stub.refused()} == {stub.told()[0]["id"]}, "the same news"
    jtis = [jwt_tools.payload_of(form["client_assertion"])["jti"]
            for form in stub.refused() + stub.told()]
    assert len(jtis) == len(set(jtis)), "an assertion serves once"


def test_what_the_gateway_does_not_take_is_in_nobodys_way(host, stub):
    stub.answer = lambda form: 400 if form["reference"] == "bad" else 204
    host.tell("bad")
    host.tell("good")
    until(lambda: stub.told())
    assert references(stub.told()) == ["good"]
    until(lambda: host.waiting() == [(0,)])
    assert references(stub.refused()) == ["bad"]


def test_killed_between(host, stub):
    stub.answer = 503
    host.tell("late")
    until(lambda: stub.refused())
    host.kill()
    n = len(stub.refused())
    host.start()
    until(lambda: len(stub.refused()) > n)
    stub.answer = 204
    until(lambda: stub.told())
    assert {form["id"] for form in stub.refused() + stub.told()} == {stub.told()[0]["id"]}
    until(lambda: host.waiting() == [(0,)])


@pytest.mark.parametrize("wrong", [
    {"type": "note.read"}, {"type": ""}, {"reference": "x" * 65}, {"reference": "a\nb"},
    {"reference": "é"}, {"subject": ""}, {"subject": "x" * 256}, {"n": "101"}, {"clients": ""},
    {"clients": "x" * 1001}, {"clients": "a\tb"}])
def test_what_cannot_be_told(host, stub, wrong):
    host.tell(**{"reference": "x", "status": 400, **wrong})
    assert host.waiting() == [(0,)] and not stub.received


def test_a_hundred_of_one_step(host, stub):
    host.tell("many", n="100")
    until(lambda: len(stub.told()) == 100)
    assert len({form["id"] for form in stub.told()}) == 100


def test_no_more_than_so_many_wait(host, stub):
    stub.answer = 503
    host.tell("first")
    until(lambda: stub.refused())
    host.waiting("INSERT INTO dvara_news (number, id, subject, type, reference, since_s)"
                 " VALUES (50000, 'x', 'person', 'note.written', 'last', ?)", int(time.time()))
    host.tell("over", status=503)
    stub.answer = 204
    until(lambda: len(stub.told()) == 2)
    until(lambda: host.waiting() == [(0,)])
    host.tell("again")
    until(lambda: "again" in references(stub.told()))


def test_too_old_to_be_told(host, stub):
    host.kill()
    host.waiting("INSERT INTO dvara_news (number, id, subject, type, reference, since_s)"
                 " VALUES (1, 'x', 'person', 'note.written', 'old', ?)",
                 int(time.time()) - 8 * 86400)
    host.start()
    host.tell("new")
    until(lambda: stub.told() and host.waiting() == [(0,)])
    assert references(stub.told()) == ["new"]
