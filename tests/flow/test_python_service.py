# SPDX-License-Identifier: Apache-2.0
"""deploy/examples/python-service when its gateway is away, slow or talks nonsense: each caller gets
an answer, and the log a line."""

import http.client
import http.server
import json
import secrets
import signal
import socket
import subprocess
import threading
import time

import pytest

import jwt_tools
from gateway import ROOT
from service_host import private_part

PATIENCE_S = 60
GOOD = b'{"given_name":"Sophea"}'


class Stub:
    """A gateway: answers[path] is (status, body), or what to do with the connection."""

    def __init__(self):
        self.key, stub = jwt_tools.ec_key(), self
        self.good = {"/jwks": (200, json.dumps(
            {"keys": [jwt_tools.public_jwk(self.key, "g1")]}).encode()),
            "/attributes": (200, GOOD), "/news": (204, b"")}
        self.answers, self.asked = dict(self.good), []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                stub.asked.append(self.path)
                answer = stub.answers[self.path]
                if callable(answer):
                    answer(self)
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self):
        now = int(time.time())
        return jwt_tools.sign(self.key, {"alg": "ES256", "kid": "g1", "typ": "at+jwt"}, {
            "iss": self.url, "aud": f"{self.url}/services/python-service", "sub": "person",
            "client_id": "portal", "iat": now, "exp": now + 600,
            "jti": secrets.token_urlsafe(8)}, "ES256")


class Service:
    def __init__(self, folder, stub):
        self.stub, self.log_path, self.path = stub, folder / "log", str(folder / "s")
        key = jwt_tools.ec_key()
        jwk = {**jwt_tools.public_jwk(key, "s1"), "d": private_part(key)}
        client = folder / "client.json"
        client.write_text(json.dumps(
            {"client_id": "python-service", "private_jwks": {"keys": [jwk]}}))
        with socket.socket(socket.AF_UNIX) as listening, open(self.log_path, "wb") as log:
            listening.bind(self.path)
            listening.listen()
            self.process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{listening.fileno()}', "-",
                 ROOT / "deploy/examples/python-service/service.py", "--gateway", stub.url,
                 "--client", client], stderr=log, pass_fds=[listening.fileno()])

    def called(self):
        """A connection with a call in it."""
        link = http.client.HTTPConnection("service")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.settimeout(PATIENCE_S)
        link.sock.connect(self.path)
        link.request("GET", "/hello", headers={"Authorization": f"Bearer {self.stub.token()}"})
        return link

    def call(self):
        return self.answer(self.called())

    @staticmethod
    def answer(link):
        answer = link.getresponse()
        body = json.loads(answer.read())
        link.close()
        return answer, body

    def greeting(self):
        """Its first good answer: a busy machine is slow as well."""
        until = time.monotonic() + PATIENCE_S
        while True:
            answer, body = self.call()
            if answer.status == 200:
                return body["hello"]
            assert answer.status == 503 and time.monotonic() < until, body

    def lines(self, text):
        return [line for line in self.log_path.read_text().split("\n") if text in line]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    one = Service(tmp_path_factory.mktemp("python"), Stub())
    yield one
    one.process.kill()
    one.process.wait()
    one.stub.server.shutdown()
    assert "Traceback" not in one.log_path.read_text()


@pytest.fixture(autouse=True)
def good_again(service):
    yield
    service.stub.answers = dict(service.stub.good)
    assert service.greeting() == "Sophea"


def hang(_):
    time.sleep(4)


def say(octets):
    return lambda call: call.wfile.write(octets)


WRONG = {
    "away": (503, b""), "enough": (429, b""), "broken": (500, b"no JSON"),
    "no JSON": (200, b"what?"), "not whole": (200, GOOD[:9]), "no UTF-8": (200, b'"\xff"'),
    "cut": say(b""), "no HTTP": say(b"what?\r\n\r\n"),
    "cut within": say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), "slow": hang}


@pytest.mark.parametrize("path", ["/attributes", "/jwks"])
@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_and_a_line(service, wrong, path):
    service.stub.answers[path] = WRONG[wrong]
    if path == "/jwks":  # which it asks for where it knows no key that fits
        service.stub.key = jwt_tools.ec_key()
    n_before = len(service.lines("the gateway is away"))
    answer, body = service.call()
    assert answer.status == 503 and answer.headers["Retry-After"] == "1", body
    assert answer.headers.get_all("Content-Type") == ["application/problem+json"]
    assert body == {"title": "temporarily_unavailable", "status": 503}
    assert len(service.lines("the gateway is away")) == n_before + 1
    service.stub.good["/jwks"] = (200, json.dumps(
        {"keys": [jwt_tools.public_jwk(service.stub.key, "g1")]}).encode())


def test_what_is_not_allowed_is_an_answer(service):
    service.stub.answers["/attributes"] = (403, b"")
    assert service.greeting() is None


def test_news_that_cannot_be_told_are_in_nobodys_way(service):
    service.stub.answers["/news"] = (503, b"")
    assert service.greeting() == "Sophea"
    assert service.lines("not told")


def test_a_caller_who_has_gone_is_not_acted_for(service):
    """Who was told 503 while the call stood in the queue, and asks again, is greeted once."""
    service.greeting()
    del service.stub.asked[:]
    service.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(5):
            service.called().close()
        waits = service.called()
    finally:
        service.process.send_signal(signal.SIGCONT)
    answer, body = service.answer(waits)
    assert (answer.status, body["hello"]) == (200, "Sophea")
    for _ in range(3):
        assert service.call()[0].status == 200
    assert service.stub.asked == ["/attributes", "/news"] * 4
