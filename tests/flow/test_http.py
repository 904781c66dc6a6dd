# SPDX-License-Identifier: Apache-2.0
"""HTTP itself, by raw bytes: H04, H06, H07, H08, H10, H12, H13, H14, H17, H18, T13, R10, R12, G11 on
the real routes.

tests/unit/http/test_server.c has the same cases, and many more, against a route table of its own.
"""

import contextlib
import re
import socket
import time
import urllib.parse

import pytest
import requests

from gateway import ROOT, Gateway
from test_mtls import authority, own_tls

ISSUER = "https://id.test"
FIXTURES = (authority, own_tls)
DISCOVERY = "/.well-known/openid-configuration"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Answer:
    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if raw else None
        self.headers = {name.lower(): value.strip()
                        for name, _, value in (line.partition(":") for line in lines[1:])}


def send(gateway, data, until_closed=False, timeout=20):
    """One answer; as much as comes until the gateway closes, with until_closed."""
    data = data.encode("latin-1") if isinstance(data, str) else data
    data = data.replace(b"HOST", f"127.0.0.1:{gateway.port}".encode())
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=timeout) as link:
        try:
            link.sendall(data)
        except OSError:
            pass  # refused in the middle: the answer is there all the same
        raw = b""
        while True:
            try:
                piece = link.recv(65536)
            except TimeoutError:
                break
            if not piece:
                break
            raw += piece
            if not until_closed and is_whole(raw, data.startswith(b"HEAD ")):
                break
    return Answer(raw)


def is_whole(raw, is_head):
    head, end, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and (is_head or len(body) >= (int(length[1]) if length else 0))


def get(path, *headers):
    return f"GET {path} HTTP/1.1\r\nHost: HOST\r\n" + "".join(h + "\r\n" for h in headers) + "\r\n"


def twin(gateway):
    answer = send(gateway, get(DISCOVERY))
    assert answer.status == 200
    assert gateway.url.encode() in answer.body
    return answer


@pytest.mark.parametrize("text, statuses", [
    (f"GET {DISCOVERY} HTTP/1.1\r\n\r\n", {400}),
    (f"GET {DISCOVERY} HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", {400}),
    (f"GET {DISCOVERY} HTTP/1.1\r\nHost: evil.test\r\n\r\n", {400, 421}),
    (f"GET http://evil.test{DISCOVERY} HTTP/1.1\r\nHost: HOST\r\n\r\n", {400}),
])
def test_h04_host(gateway, text, statuses):
    answer = send(gateway, text)
    assert answer.status in statuses
    assert b"evil.test" not in answer.body
    twin(gateway)


def test_h04_forwarded_host_is_nothing(gateway):
    answer = send(gateway, get(DISCOVERY, "X-Forwarded-Host: evil.test", "Forwarded: host=evil.test"))
    assert answer.status == 200
    assert b"evil.test" not in answer.raw


def test_h06_too_large(gateway):
    assert send(gateway, get("/authorize?x=" + 20000 * "a")).status == 414
    assert send(gateway, get(DISCOVERY, "X: " + 64000 * "a")).status == 431
    assert send(gateway, get(DISCOVERY, *[f"X-{i}: y" for i in range(200)])).status == 431
    head = "POST /token HTTP/1.1\r\nHost: HOST\r\n" + FORM
    assert send(gateway, head + "Content-Length: 100000000\r\n\r\n").status == 413  # no body
    assert send(gateway, head + "Content-Length: 1000000\r\n\r\n" + 1000000 * "a").status == 413
    assert send(gateway, head + "Transfer-Encoding: chunked\r\n\r\n"
                + 30 * ("1000\r\n" + 4096 * "a" + "\r\n")).status == 413
    twin(gateway)


def test_h06_a_body_that_never_comes(gateway):
    began = time.monotonic()
    answer = send(gateway, "POST /token HTTP/1.1\r\nHost: HOST\r\n" + FORM
                  + "Content-Length: 50\r\n\r\ncode=", until_closed=True, timeout=60)
    assert answer.status == 408
    assert 13 < time.monotonic() - began
    twin(gateway)


def test_h07_slow_heads(gateway):
    """Two hundred who send a byte a second, and one who does not."""
    links = []
    for _ in range(200):
        link = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        link.sendall(b"GET / HTTP/1.1\r\nX: ")
        links.append(link)
    began, worst = time.monotonic(), 0
    while time.monotonic() - began < 11.5:
        for link in links:
            try:
                link.send(b"a")
            except OSError:
                pass
        before = time.monotonic()
        assert requests.get(gateway.url + DISCOVERY, timeout=20).ok
        worst = max(worst, time.monotonic() - before)
        time.sleep(1)
    assert worst < 8, "they are let go after ten"
    for link in links:
        link.settimeout(20)
        try:
            while link.recv(4096):
                pass
        except ConnectionError:
            pass
        link.close()


def test_h08_connections_of_one_address(tmp_path):
    with Gateway(tmp_path, {"gateway.connections_per_address": 8,
                            "gateway.trusted_proxies": ""}) as own:
        idle = [socket.create_connection(("127.0.0.1", own.port), 20) for _ in range(12)]
        held = 0
        for link in idle:
            try:
                link.sendall(get(DISCOVERY).replace("HOST", own.host).encode())
                held += link.recv(12) == b"HTTP/1.1 200"
            except OSError:
                pass  # closed at once
        assert 0 < held <= 8
        # The twin: another address, and the same one when some have gone.
        with socket.create_connection(("127.0.0.1", own.port), 20, ("127.0.0.2", 0)) as other:
            other.sendall(get(DISCOVERY).replace("HOST", own.host).encode())
            assert other.recv(12) == b"HTTP/1.1 200"
        for link in idle:
            link.close()
        until = time.monotonic() + 30
        while not is_taken(own):  # it has seen them go
            assert time.monotonic() < until
            time.sleep(0.05)


def is_taken(gateway):
    """A connection too many is closed at once, before or after it has said anything."""
    try:
        return send(gateway, get(DISCOVERY)).status == 200
    except OSError:
        return False


def test_h10_many_parameters(gateway):
    many = "&".join(f"p{i}=1" for i in range(100000))
    head = "POST /token HTTP/1.1\r\nHost: HOST\r\n" + FORM
    assert send(gateway, f"{head}Content-Length: {len(many)}\r\n\r\n{many}").status == 413
    some = "&".join(f"p{i}=1" for i in range(7000))
    answer = send(gateway, f"{head}Content-Length: {len(some)}\r\n\r\n{some}")
    assert answer.status == 400
    assert b"invalid_request" in answer.body


def test_h12_two_authorizations(gateway):
    answer = send(gateway, get("/userinfo", "Authorization: Bearer a", "Authorization: DPoP b"))
    assert answer.status in {400, 401}
    answer = send(gateway, "POST /userinfo HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "0\r\nAuthorization: Bearer a\r\n\r\n")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] in {"Bearer", "DPoP", "Bearer, DPoP"} or \
        "error" not in answer.headers["www-authenticate"], "a trailer is no header"


def test_h13_odd_but_honest(gateway):
    head = "POST /token HTTP/1.1\r\nHost: HOST\r\n" + FORM
    assert send(gateway, head + "Content-Length: 1\r\nExpect: the-unexpected\r\n\r\n").status == 417
    assert send(gateway, head + "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n").status == 100
    assert send(gateway, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status in {400, 505}
    link = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    one = get("/jwks").replace("HOST", f"127.0.0.1:{gateway.port}").encode()
    link.sendall(999 * one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    raw = b""
    while piece := link.recv(65536):
        raw += piece
    assert raw.count(b"HTTP/1.1 200 OK") == 1000


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_h17_methods(gateway, method):
    for path in ("/token", "/authorize", "/jwks", DISCOVERY):
        answer = send(gateway, f"{method} {path} HTTP/1.1\r\nHost: HOST\r\n\r\n")
        assert answer.status == 405
        assert answer.headers["allow"]
        assert "access-control-allow-methods" not in answer.headers
    answer = send(gateway, get(DISCOVERY, "X-HTTP-Method-Override: DELETE", "Range: bytes=0-3"))
    assert answer.status == 200
    assert answer.body.startswith(b"{")


def test_t13_token_by_other_ways(gateway):
    assert send(gateway, get("/token")).status == 405
    assert send(gateway, "HEAD /token HTTP/1.1\r\nHost: HOST\r\n\r\n").status == 405
    for kind in ("application/json", "multipart/form-data; boundary=a", "text/plain", ""):
        answer = send(gateway, f"POST /token HTTP/1.1\r\nHost: HOST\r\nContent-Type: {kind}\r\n"
                               "Content-Length: 2\r\n\r\n{}")
        assert answer.status == 400
        assert b"invalid_request" in answer.body
    answer = send(gateway, b"POST /token HTTP/1.1\r\nHost: HOST\r\nContent-Type: multipart/form-data; "
                           b"boundary=a\0b\r\nContent-Length: 2\r\n\r\n{}")
    assert answer.status == 400
    assert b"invalid_request" in answer.body
    twin(gateway)


@pytest.mark.parametrize("path", [
    "/assets/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/....//etc/passwd",
    "/assets/..\\..\\etc\\passwd", "/assets/x%00.css", "/assets/http://evil.test/", "/assets//etc/passwd",
    "/services/../jwks", "/services/%2e%2e/x", "/services/x%00y/z", "/admin", "/admin/clients",
    "/health/live", "/metrics", "/.git/config", "/..",
])
def test_r10_r12_g11_paths(gateway, path):
    answer = send(gateway, get(path))
    assert answer.status == 404
    assert b"root:" not in answer.raw


def test_every_answer_has_an_id_and_the_log_has_it(gateway):
    answer = send(gateway, get("/nowhere", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
                                           "00f067aa0ba902b7-01"))
    assert answer.status == 404
    lines = []
    for _ in range(600):  # the line is written after the answer has left
        lines = [line for line in gateway.log().splitlines()
                 if answer.headers["x-request-id"] in line]
        if any('"event":"request"' in line for line in lines):
            break
        time.sleep(0.05)
    assert any('"event":"request"' in line and "4bf92f3577b34da6a3ce929d0e0e4736" in line
               for line in lines)
    assert all("/nowhere" not in line for line in lines)


def test_t12_s16_what_is_in_an_address_is_in_no_log(gateway):
    secret = "S3cr3t-in-the-query"
    answer = send(gateway, "POST /token?code=" + secret + " HTTP/1.1\r\nHost: HOST\r\n" + FORM
                  + "Content-Length: 0\r\n\r\n")
    assert answer.status == 400
    send(gateway, get("/authorize?client_id=" + secret, "User-Agent: a\x1b[31m" + secret))
    send(gateway, get("/" + secret))
    assert secret not in gateway.log()


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory):
    """As behind a proxy that ends TLS, and says how its callers came."""
    with Gateway(tmp_path_factory.mktemp("h14")) as running:
        assert running.stop() == 0
        running.settings["gateway.issuer"] = ISSUER
        running.config_write()
        running.start("id.test")
        yield running


@pytest.mark.parametrize("how", ["X-Forwarded-Proto: {}", "Forwarded: for=192.0.2.1;proto={}"])
def test_h14_what_came_by_http(behind_tls, how):
    """Refused, a page alone is sent on to https.  After each refusal the same by https."""
    def ask(method, target, proto):
        more, body = (FORM, "grant_type=password&client_id=nope") if method == "POST" else ("", "")
        how_line = how.format(proto)
        return send(behind_tls, f"{method} {target} HTTP/1.1\r\nHost: id.test\r\n{how_line}\r\n"
                    f"Connection: close\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}")

    for method, target, good in (("POST", "/token", 400), ("POST", "/par", 401),
                                 ("GET", "/userinfo", 401), ("POST", "/login/cancel", 403)):
        answer = ask(method, target, "http")
        assert answer.status == 400 and "location" not in answer.headers, target
        assert ask(method, target, "https").status == good
    for target in ("/authorize?client_id=x&state=%0d%0aX", "/login?tx=y", "/account"):
        answer = ask("GET", target, "http")
        assert (answer.status, answer.body) == (308, b"")
        assert answer.headers["location"] == ISSUER + target
        assert "set-cookie" not in answer.headers
        assert ask("GET", target, "https").status in (400, 303)
    for target in ("//evil.test/account", "http://id.test/account", "/nothing"):
        assert "location" not in ask("GET", target, "http").headers
    # A proxy that says nothing of it is believed to know.
    assert send(behind_tls, "GET /account HTTP/1.1\r\nHost: id.test\r\n"
                "Connection: close\r\n\r\n").status == 303


def test_h14_http_to_the_port_of_tls(own_tls):
    """No answer that could be taken for one, least of all a redirect."""
    for first in ("POST /token HTTP/1.1", "GET /account HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", own_tls.port), timeout=20) as link:
            link.sendall(f"{first}\r\nHost: 127.0.0.1:{own_tls.port}\r\n\r\n".encode())
            with contextlib.suppress(ConnectionResetError):
                assert not link.recv(4096).startswith(b"HTTP")
    assert requests.get(f"{own_tls.url}/account", timeout=20, allow_redirects=False).is_redirect


def ways(octets):
    """A hostile input in every place that takes one: (head, body)."""
    text = urllib.parse.quote_from_bytes(octets)
    line = octets.translate(None, b"\r\n\0")[:8000]
    yield b"GET /authorize?client_id=rp1&request=" + text[:8000].encode(), b""
    yield b"POST /token", b"grant_type=authorization_code&client_assertion=" + text.encode()
    yield b"POST /par", octets
    for name in (b"Authorization: DPoP ", b"DPoP: ", b"Cookie: ", b"Client-Cert: ", b"Forwarded: "):
        yield b"GET /userinfo", name + line


def test_h18_the_fuzzers_corpora(gateway):
    """Each input that the fuzzers know, at the live gateway: an answer of the callers' fault, the
    same process after it.  (The sanitizers' reports fail whoever stops it.)"""
    pid, seen = gateway.process.pid, set()
    inputs = {path.read_bytes()[:20000] for path in (ROOT / "tests/fuzz/corpus").rglob("*")
              if path.is_file()}
    assert len(inputs) > 100
    for octets in sorted(inputs):
        for start, rest in ways(octets):
            is_get = start.startswith(b"GET")
            body, header = (b"", rest) if is_get else (rest, FORM.strip().encode())
            answer = send(gateway, b"\r\n".join([
                start + b" HTTP/1.1", b"Host: HOST", b"Connection: close",
                b"Content-Length: %d" % len(body), *([header] if header else []), b"", body]))
            assert answer.status and 400 <= answer.status < 500 or answer.status == 303, octets
            seen.add(answer.status)
    assert gateway.process.pid == pid and gateway.process.poll() is None
    assert {400, 401} <= seen
    assert requests.get(f"{gateway.url}{DISCOVERY}", timeout=20).ok
