# SPDX-License-Identifier: Apache-2.0
"""Answers of a service that speaks HTTP by itself, and badly (case G06): two lengths, floods of
hints, a head that another server would believe.  Its callers get 502 or 504, or what is left when
all but status, type and body are taken away; the next call gets its own answer."""

import concurrent.futures

import pytest
import requests

from services import Caller, gateway_with, program

LIAR = """#!/usr/bin/python3 -I
import socket, threading, time
GOOD = b'{"good":true}'
def head(*lines, status=b"200 OK"):
    return b"".join(line + b"\\r\\n" for line in (b"HTTP/1.1 " + status, *lines, b""))
def whole(body, *lines, **more):
    return head(b"Content-Length: %d" % len(body), *lines, **more) + body
def chunked(body):
    return b"%x\\r\\n%s\\r\\n0\\r\\n\\r\\n" % (len(body), body)
STOLEN = whole(b'{"stolen":true}', b"Content-Type: application/json")
JSON = b"Content-Type: application/json"
ANSWERS = {
    "/good": whole(GOOD, JSON),
    "/two-lengths": head(b"Content-Length: 2", b"Content-Length: 40", JSON) + b"{}" + STOLEN,
    "/length-list": head(b"Content-Length: 2, 40", JSON) + b"{}" + STOLEN,
    "/length-and-chunks": head(b"Content-Length: 2", b"Transfer-Encoding: chunked", JSON)
        + chunked(b"{}") + STOLEN,
    "/chunks-of-nothing": head(b"Transfer-Encoding: chunked", JSON) + b"zz\\r\\n{}\\r\\n0\\r\\n\\r\\n",
    "/huge-chunk": head(b"Transfer-Encoding: chunked", JSON) + b"ffffffffffffffff\\r\\n{}",
    "/negative": head(b"Content-Length: -2", JSON) + b"{}",
    "/short": head(b"Content-Length: 99", JSON) + b"{}",
    "/more-than-said": whole(b"{}", JSON) + STOLEN,
    "/hints": b"HTTP/1.1 103 Early Hints\\r\\nLink: </x>\\r\\n\\r\\n" * 4000 + STOLEN,
    "/hint": b"HTTP/1.1 103 Early Hints\\r\\nSet-Cookie: stolen=1\\r\\n\\r\\n" + whole(GOOD, JSON),
    "/switch": head(b"Upgrade: h2c", b"Connection: Upgrade", status=b"101 Switching Protocols"),
    "/huge-header": head(b"X-Big: " + b"x" * 100000, JSON, b"Content-Length: 2") + b"{}",
    "/many-headers": head(*[b"X-%d: y" % i for i in range(500)], JSON, b"Content-Length: 2") + b"{}",
    "/split": head(b"X-A: b\\rSet-Cookie: stolen=1", JSON, b"Content-Length: 2") + b"{}",
    "/no-colon": head(b"stolen", JSON, b"Content-Length: 2") + b"{}",
    "/folded": head(b"X-A: b", b" Set-Cookie: stolen=1", JSON, b"Content-Length: 2") + b"{}",
    "/status": head(JSON, b"Content-Length: 2", status=b"99999 OK") + b"{}",
    "/no-http": b"stolen\\r\\n\\r\\n",
    "/two-types": head(b"Content-Type: text/html", JSON, b"Content-Length: 2") + b"{}",
    "/old": b'HTTP/0.9 200 OK\\r\\n\\r\\n{}',
    "/bomb": whole(b"\\x1f\\x8b\\x08\\x00stolen", JSON, b"Content-Encoding: gzip"),
    "/not-said": b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n" + b'{"a":' * 300000,
    "/reserved": whole(GOOD, JSON, b"Set-Cookie: stolen=1", b"Location: https://elsewhere.test/",
        b"Strict-Transport-Security: max-age=0", b"Access-Control-Allow-Origin: *",
        b"Clear-Site-Data: *", b"Content-Security-Policy: default-src *", b"Refresh: 0; url=x",
        b"WWW-Authenticate: Basic realm=stolen", b"Service-Worker-Allowed: /", b"Link: </x>",
        b"Alt-Svc: h3=stolen", b"Cache-Control: public, max-age=9999", b"X-Accel-Redirect: /x",
        b"X-Sendfile: /etc/passwd", b"Connection: X-Stolen", b"X-Stolen: 1"),
    "/elsewhere": whole(b"", b"Location: https://elsewhere.test/", status=b"302 Found"),
    "/away": whole(b"", b"Retry-After: 7", status=b"503 Away"),
    "/enough": whole(b"", b"Retry-After: 7", status=b"429 Enough"),
    "/for-good": whole(b"", b"Retry-After: 123456", status=b"503 Away"),
    "/some-day": whole(b"", b"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", status=b"503 Away"),
    "/nonsense": whole(b"", b"Retry-After: 7, 8", status=b"503 Away"),
    "/found": whole(GOOD, JSON, b"Retry-After: 7"),
    "/page": whole(b"<script>alert(1)</script>", b"Content-Type: text/html"),
    "/picture": whole(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                      b"Content-Type: image/svg+xml"),
    "/type": whole(b"x", b"Content-Type: text/html\\x0bx"),
}
def serve(link):
    while True:
        request = b""
        while b"\\r\\n\\r\\n" not in request:
            more = link.recv(65536)
            if not more:
                return
            request += more
        path = request.split(b" ")[1].decode()
        if path == "/slow":
            try:
                for octet in ANSWERS["/good"]:
                    link.sendall(bytes([octet]))
                    time.sleep(0.5)
            except OSError:
                return
        link.sendall(ANSWERS.get(path, whole(b"", status=b"404 Not Found")))
        if path in ("/short", "/old", "/not-said"):
            return link.close()
def quiet(link):
    try:
        serve(link)
    except OSError:
        link.close()
listening = socket.socket(fileno=3)
while True:
    threading.Thread(target=quiet, args=(listening.accept()[0],), daemon=True).start()
"""
GOOD = {"good": True}


@pytest.fixture(scope="module")
def liar(tmp_path_factory):
    folder = tmp_path_factory.mktemp("liar")
    program(folder, "liar", LIAR)
    with gateway_with(folder, "liar", services__deadline="5s") as running:
        caller = Caller(running, "liar")
        caller.given = caller.token("liar")
        caller.is_back("liar", caller.given, within_s=20)
        yield caller


@pytest.mark.parametrize("path", [
    "/two-lengths", "/length-list", "/length-and-chunks", "/chunks-of-nothing", "/huge-chunk",
    "/negative", "/short", "/hints", "/switch", "/huge-header", "/many-headers", "/split",
    "/no-colon", "/folded", "/status", "/no-http", "/old", "/bomb", "/not-said"])
def test_an_answer_that_is_none(liar, path):
    answer = liar.call("liar", path, liar.given)
    # What is switched to says nothing, and is waited for; so is, on a busy machine, a long answer.
    assert answer.status_code in ((504,) if path == "/switch" else (502, 504)), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "stolen" not in answer.text + str(answer.headers)
    liar.is_back("liar", liar.given, within_s=20)
    assert liar.call("liar", "/good", liar.given).json() == GOOD


def test_what_is_left_over_is_nobodys_answer(liar):
    """Many at once over the connections that are kept."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        paths = ["/more-than-said", "/good"] * 20
        answers = list(pool.map(lambda path: liar.call("liar", path, liar.given), paths))
    for path, answer in zip(paths, answers):
        assert "stolen" not in answer.text
        if answer.status_code == 200:
            assert answer.json() == (GOOD if path == "/good" else {})


@pytest.mark.parametrize("path", ["/reserved", "/hint", "/good"])
def test_of_a_head_the_type_alone_passes(liar, path):
    twin = liar.call("liar", "/good", liar.given)
    answer = liar.call("liar", path, liar.given)
    assert answer.json() == GOOD
    assert "stolen" not in str(answer.headers) and "elsewhere" not in str(answer.headers)
    mine = {name: value for name, value in answer.headers.items()
            if name not in ("Date", "X-Request-Id")}
    assert mine == {name: value for name, value in twin.headers.items() if name in mine}
    assert set(answer.headers) == set(twin.headers)


@pytest.mark.parametrize("path, seconds", [
    ("/away", "7"), ("/enough", "7"), ("/for-good", None), ("/some-day", None),
    ("/nonsense", None), ("/found", None)])
def test_when_it_can_be_asked_again(liar, path, seconds):
    answer = liar.call("liar", path, liar.given)
    assert answer.status_code in (200, 429, 503), answer.text
    assert answer.headers.get("Retry-After") == seconds


def test_no_way_elsewhere(liar):
    answer = requests.get(f"{liar.gateway.url}/services/liar/elsewhere", timeout=20,
                          allow_redirects=False,
                          headers={"Authorization": f"Bearer {liar.given}"})
    assert answer.status_code in (302, 502) and "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/page", "/picture", "/type", "/two-types"])
def test_a_page_of_a_service_is_of_no_origin(liar, path):
    """On the issuer's address a script of a service could read what is the person's."""
    answer = liar.call("liar", path, liar.given)
    assert answer.status_code in (200, 502)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status_code == 200:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "\x0b" not in answer.headers["Content-Type"]


def test_an_answer_byte_by_byte(liar):
    """It is waited for as long as for any other, and then the service is begun anew."""
    assert liar.call("liar", "/slow", liar.given).status_code == 504
    liar.is_back("liar", liar.given, within_s=20)
