# SPDX-License-Identifier: Apache-2.0
"""A register that was taken over, or somebody in its place: whatever it answers, and by whatever
TLS, it is away for who asks now, in the same words, and there again once it is honest; nothing of
a person reaches the log."""

import contextlib
import gzip
import json
import socket

import pytest

import jwt_tools
from browser import Browser
from conftest import client
from gateway import Gateway
from pki import DAY, Authority
from register_server import Register
from test_sources import CLAIMS, LIFE, PERSON, PERSONAS, SOPHEA, assert_away

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def elsewhere():
    """Where a redirect leads."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        yield listening


@pytest.fixture(scope="module")
def civil(tmp_path_factory):
    with Register(tmp_path_factory.mktemp("civil"), "civil") as running:
        running.people[SOPHEA] = dict(PERSON)
        yield running


@pytest.fixture(scope="module")
def rp(tmp_path_factory, civil):
    """With a token for what the register alone knows."""
    folder = tmp_path_factory.mktemp("hostile")
    files = folder / "sources"
    files.mkdir()
    civil.write(files, claims={**CLAIMS, "height": {"field": "cm", "type": "number"}}, life=LIFE)
    with Gateway(folder, {"sources.folder": files, "outbound.allow": "127.0.0.1",
                          "gateway.loops": 1}) as running:
        running.apply("person", PERSONAS)
        civil.keys_url = f"{running.url}/jwks"
        party = client(running, "rp", jwt_tools.ec_key())
        party.given = party.tokens(Browser(running), claims=("birthdate", "given_name", "address"),
                                   scope="openid profile address")["access_token"]
        assert_good(party)
        yield party
        for word in (SOPHEA, PERSON["dob"], "Battambang", "Sok"):
            assert word not in running.log()


@pytest.fixture(autouse=True)
def honest(civil, rp):
    yield
    civil.reset()
    assert_good(rp)


def assert_good(rp):
    claims = rp.userinfo(rp.given).json()
    assert claims["birthdate"] == PERSON["dob"] and claims["given_name"] == PERSON["first_name"]


@contextlib.contextmanager
def saying(civil, change):
    """The octets of an honest body changed on the way."""
    honest_answer = civil.answer
    civil.answer = lambda token: change(honest_answer(token))
    try:
        yield
    finally:
        del civil.answer


def with_field(name, value):
    """As JSON text in the fields of the answer."""
    return lambda body: body.replace(b'"fields": {', b'"fields": {%s: %s, ' % (name, value), 1)


BODIES = {
    "found twice": lambda body: body.replace(b'"found": true', b'"found": false, "found": true'),
    "a field twice": with_field(b'"dob"', b'"1980-01-01"'),
    "two answers": lambda body: body + body,
    "rubbish behind it": lambda body: body + b"x",
    "a NUL behind it": lambda body: body + b"\0",
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "no UTF-8": lambda body: body.replace(b"Sophea", b"Soph\xff"),
    "a NUL in a name": lambda body: body.replace(b"Sophea", b"Sop\\u0000hea"),
    "a control character": lambda body: body.replace(b"Sophea", b"Sop\\u001bhea"),
    "half a character": lambda body: body.replace(b"Sophea", b"Sop\\ud800hea"),
    "a long name": lambda body: body.replace(b"Sophea", b"S" * 1025),
    "an empty name": lambda body: body.replace(b"Sophea", b""),
    "a name of objects": lambda body: body.replace(b'"Sophea"', b'{"en": "Sophea"}'),
    "an address of objects": lambda body: body.replace(b'"Battambang"', b'{"a": "b"}'),
    "a date that is none": lambda body: body.replace(b"1990-01-02", b"1990-02-31"),
    "deep": lambda body: body.replace(b'"Battambang"', b"[" * 5000 + b"]" * 5000),
    "fields in a list": lambda body: body.replace(b'"fields": {', b'"fields": [{')[:-1] + b"]}",
    "gzip": gzip.compress,
    "many members": lambda body: body.replace(
        b'"fields"', b",".join(b'"x%d": 1' % n for n in range(20000)) + b', "fields"', 1),
    "a key of another case": lambda body: body.replace(b'"key"', b'"Key"'),
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_not_believed(civil, rp, body):
    with saying(civil, BODIES[body]):
        assert_away(rp.userinfo(rp.given))


@pytest.mark.parametrize("name, value", [
    (b'"sub"', b'"stolen"'), (b'"email"', b'"eve@evil.test"'), (b'"__proto__"', b'{"a": 1}'),
    (b'"status2"', b"null"), (b'"cm"', b"1e999999")], ids=str)
def test_what_was_not_asked_is_not_looked_at(civil, rp, name, value):
    with saying(civil, with_field(name, value)):
        answer = rp.userinfo(rp.given)
    if name == b'"cm"':  # no number of JSON's reader: nothing of such an answer counts
        assert_away(answer)
    else:
        assert answer.json() == rp.userinfo(rp.given).json()


def test_an_answer_of_before_is_none_of_now(civil, rp):
    kept = []
    with saying(civil, lambda body: kept.append(body) or body):
        assert_good(rp)
    with saying(civil, lambda _: kept[0]):
        assert_away(rp.userinfo(rp.given))


def test_of_who_is_not_found_nothing_counts(civil, rp):
    """It says that nobody is there, and what their birthday is."""
    civil.changes = {"found": False}
    with saying(civil, with_field(b'"dob"', b'"1990-01-02"')):
        answer = rp.userinfo(rp.given)
    assert answer.status_code in (200, 401, 503) and PERSON["dob"] not in answer.text


RAW = {
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                                b"2\r\n{}\r\n0\r\n\r\n",
    "hints without an end": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 4000,
    "a huge head": HEAD + b"X: " + b"x" * 200000 + b"\r\n\r\n{}",
    "a body without an end": HEAD + b"\r\n" + b" " * (4 << 20),
    "a huge length": HEAD + b"Content-Length: 99999999999999\r\n\r\n{}",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"",
    "a chunk that is none": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("raw", RAW)
def test_octets_that_are_no_answer(civil, rp, raw):
    civil.raw = RAW[raw]
    assert_away(rp.userinfo(rp.given))


def test_an_answer_octet_by_octet(civil, rp):
    """Its time is that of the whole, however often something comes."""
    civil.raw, civil.drip_s = HEAD + b"Content-Length: 2\r\n\r\n{}", 0.5
    assert_away(rp.userinfo(rp.given))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(civil, rp, elsewhere, status):
    civil.raw = b"HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:%d/ask\r\nContent-Length: 0\r\n" \
        b"\r\n" % (status, elsewhere.getsockname()[1])
    assert_away(rp.userinfo(rp.given))
    with pytest.raises(TimeoutError):
        elsewhere.accept()


@pytest.mark.parametrize("change", [
    {"address": "127.0.0.9"}, {"address": None}, {"begins": -3 * DAY, "ends": -DAY},
    {"begins": DAY}, {"authority": "another"}], ids=str)
def test_tls_of_somebody_else(civil, rp, change):
    """Nothing is asked: no request reached it."""
    change = dict(change)
    authority = Authority("civil authority") if change.pop("authority", None) else civil.authority
    civil.tls = civil.tls_of(authority, **change)
    civil.hang_up()
    del civil.asked[:], civil.refused[:]
    assert_away(rp.userinfo(rp.given))
    assert not civil.asked and not civil.refused
