# SPDX-License-Identifier: Apache-2.0
"""Cases S15, S16, S24, F01 and F03: the audit trail, the log, what error pages tell, and what
reaches Redis."""

import contextlib
import http.client
import json
import re
import sqlite3
import subprocess
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway

PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    """A gateway that has stopped, with some rows in its trail."""
    with Gateway(tmp_path_factory.mktemp("trail")) as running:
        running.apply("person", PERSONAS)
        rp = client(running, "rp1", jwt_tools.ec_key())
        for _ in range(3):
            rp.tokens(Browser(running), scope="openid profile")
        assert running.stop() == 0
        yield running


def last(trail):
    return trail.sql("SELECT max(seq) FROM audit")[0][0]


TAMPERING = {
    "altered": (["UPDATE audit SET event = 'nothing' WHERE seq = 4"], 4, "changed"),
    "one letter of a detail": (
        ["UPDATE audit SET detail = replace(detail, 'o', '0') WHERE seq ="
         " (SELECT min(seq) FROM audit WHERE detail GLOB '*o*' AND seq > 2)"], None, "changed"),
    "time": (["UPDATE audit SET at_s = at_s + 1 WHERE seq = 3"], 3, "changed"),
    "deleted": (["DELETE FROM audit WHERE seq = 4"], 4, "missing"),
    "first deleted": (["DELETE FROM audit WHERE seq = 1"], 1, "missing"),
    "reordered": (["UPDATE audit SET seq = -1 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 5",
                   "UPDATE audit SET seq = 5 WHERE seq = -1"], 4, "does not follow"),
    "end cut off": (["DELETE FROM audit WHERE seq > 6"], 7, "missing"),
    "added": (["INSERT INTO audit SELECT max(seq) + 1, at_s, event, actor, person_id, client_id,"
               " detail, hash, hash FROM audit WHERE seq = (SELECT max(seq) FROM audit)"], None,
              "changed"),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_s15_the_first_broken_row_is_named(trail, how):
    statements, row, why = TAMPERING[how]
    assert trail.dvara("audit", "verify") == {
        "whole": True, "rows": last(trail),
        "head": trail.sql("SELECT hash FROM audit ORDER BY seq DESC")[0][0],
        "events": trail.sql("SELECT count(*) FROM event")[0][0]}
    with contextlib.closing(sqlite3.connect(trail.database)) as link:
        whole = list(link.execute("SELECT * FROM audit"))
        for statement in statements:
            link.execute(statement)
        link.commit()
        done = subprocess.run(
            [trail.bin / "dvara", "audit", "verify", "--config", trail.config],
            capture_output=True, text=True, env=trail.environment(), timeout=60, check=False)
        link.execute("DELETE FROM audit")
        link.executemany("INSERT INTO audit VALUES (?,?,?,?,?,?,?,?,?)", whole)
        link.commit()
    assert done.returncode == 1, done.stdout
    said = re.search(r"row (\d+) is broken: (.*)", done.stderr)
    assert said and why in said[2], done.stderr
    assert row is None or int(said[1]) == row, done.stderr
    assert trail.dvara("audit", "verify")["whole"] is True


@pytest.mark.parametrize("row", [2, 5, None])
@pytest.mark.parametrize("place", [-1, 0, 20, 43, 85])
def test_s15_one_byte_of_the_file(trail, row, place):
    """Flipped on the disk itself, behind the database's back: what stands before the two hashes of a
    row, or in them."""
    with contextlib.closing(sqlite3.connect(trail.database)) as link:
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = row or link.execute("SELECT max(seq) FROM audit").fetchone()[0]
        hashes = "".join(link.execute(
            "SELECT prev, hash FROM audit WHERE seq = ?", (row,)).fetchone()).encode()
    octets = trail.database.read_bytes()
    at = octets.index(hashes)
    assert octets.count(hashes) == 1 and len(hashes) == 86
    broken = bytearray(octets)
    broken[at + place] ^= 1
    trail.database.write_bytes(broken)
    done = subprocess.run(
        [trail.bin / "dvara", "audit", "verify", "--config", trail.config],
        capture_output=True, text=True, env=trail.environment(), timeout=60, check=False)
    trail.database.write_bytes(octets)
    assert done.returncode == 1, done.stdout
    assert f"row {row} is broken" in done.stderr, done.stderr
    assert trail.dvara("audit", "verify")["whole"] is True


HOSTILE = ["a\r\nb: forged", "\x1b[31mred\x1b[0m", "a\u2028b\u2029c", "a\u0000b", "x" * 10240,
           '"}{"event":"forged"}', "\\u000aforged", "\u202etxt", "%0d%0aforged", "\x7f\x9b31m"]


def lines_since(gateway, at):
    with open(gateway.log_file, "rb") as log:
        log.seek(at)
        return log.read()


def assert_clean(octets):
    """One JSON object a line, nothing that moves a terminal, none too long."""
    for line in octets.splitlines() if octets else []:
        told = json.loads(line)
        assert isinstance(told, dict) and told["event"] != "forged"
        assert len(line) <= 4096
        assert all(len(value) <= 300 for value in told.values()), told
    text = octets.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_s16_one_clean_line(gateway, rp1, browser, text):
    at = gateway.log_file.stat().st_size
    for name in ("client_id", "login_hint", "state", "scope", "redirect_uri", "ui_locales", "prompt",
                 "acr_values", "claims", "resource", text[:40]):
        assert rp1.authorize(browser, **{name: text}).status_code < 500
    for name in ("code", "grant_type", "client_id", "redirect_uri"):
        form = {"grant_type": "authorization_code", "code": "x", **{name: text}}
        assert requests.post(f"{gateway.url}/token", data=form, timeout=20).status_code < 500
    octets = text.encode()
    line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    if not re.search(rb"[\r\n\x00]", octets):
        for name in ("User-Agent", "Referer", "X-Request-Id", "traceparent", "X-Forwarded-For",
                     "Forwarded", "Accept-Language", "Authorization", "Origin"):
            line.putrequest("GET", "/userinfo")
            line.putheader(name, octets)
            line.endheaders()
            answer = line.getresponse()
            answer.read()
            assert answer.status < 500
            line.close()
    assert_clean(lines_since(gateway, at))
    rp1.tokens(browser)


def test_s16_the_wallets_words(gateway):
    at = gateway.log_file.stat().st_size
    for text in HOSTILE:
        answer = requests.post(f"{gateway.url}/vp/response/{'a' * 43}", timeout=20, data={
            "error": text, "error_description": text, "state": text})
        assert 400 <= answer.status_code < 500
    assert_clean(lines_since(gateway, at))


def test_no_secret_is_in_the_log(gateway, rp1, leg1, browser):
    for rp in (rp1, leg1):
        code = rp.code(browser, scope="openid profile")
        form, headers = rp.credentials()
        tokens = rp.token(code, (form, headers)).json()
        rp.userinfo(tokens["access_token"])
        secrets = [code, tokens["access_token"], tokens["id_token"], rp.verifier,
                   form.get("client_assertion"), leg1.secret, *browser.http.cookies.values()]
        log = gateway.log() + gateway.redis.ask("CONFIG", "GET", "maxmemory")[0]
        for secret in filter(None, secrets):
            assert secret not in log and secret[-24:] not in log


TELLING = re.compile(
    r"sqlite|redis|SELECT |\.c:\d|/tmp/|/home|/usr|0x[0-9a-f]{4}|stack|errno|hiredis|openssl|"
    r"jansson|libmicrohttpd|microhttpd|Dvara/\d|assert", re.IGNORECASE)


def error_answers(gateway, rp1, browser):
    yield "absent", browser.get("/nowhere")
    yield "admin", browser.get("/admin")
    yield "method", browser.http.delete(f"{gateway.url}/token", timeout=20)
    yield "client", browser.get("/authorize?client_id=nope")
    yield "escape", browser.get("/authorize?client_id=%zz")
    yield "long", browser.get("/authorize?client_id=" + "x" * 30000)
    yield "huge", browser.http.post(f"{gateway.url}/token", data="x" * 200000, timeout=20)
    yield "address", rp1.authorize(browser, redirect_uri="https://evil.test/")
    for path in ("/consent", "/login", "/login/wallet", "/authorize/continue", "/vp/complete",
                 "/vp/status/x", "/vp/request/x", "/vci/offer/x", "/status/99", "/services/x/y",
                 "/assets/x"):
        yield path, browser.get(path + "?tx=" + "A" * 43)
    for path in ("/consent", "/login/test", "/login/cancel", "/token", "/attributes",
                 "/vci/credential", "/vci/notification", "/login/wallet"):
        yield "POST " + path, browser.post(path + "?tx=" + "A" * 43 if path != "/token" else path,
                                           {"decision": "allow"})


def test_s24_errors_tell_nothing(gateway, rp1, browser):
    for what, answer in error_answers(gateway, rp1, browser):
        assert 400 <= answer.status_code < 500, (what, answer.status_code, answer.text)
        assert not TELLING.search(answer.text), (what, TELLING.search(answer.text))
        assert "Server" not in answer.headers or not TELLING.search(answer.headers["Server"])
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = Page(answer.text)
            assert "error-code" in page.ids and "error-action" in page.ids, what
            assert re.fullmatch(r"\w{10}", page.ids["error-code"]["text"].strip()), what
            assert is_logged(gateway, page.ids["error-code"]["text"].strip()), what
    rp1.tokens(browser)


def is_logged(gateway, text):
    """The line is written when the answer has left."""
    until = time.monotonic() + 30
    while text not in gateway.log() and time.monotonic() < until:
        time.sleep(0.02)
    return text in gateway.log()


INJECTED = ["a\r\nFLUSHALL\r\n", "x EX 1", "%s%n", "*1\r\n$8\r\nFLUSHALL\r\n",
            '")redis.call("FLUSHALL")--', "']]..redis.call('FLUSHALL')..[['", "x" * 20000]


@pytest.mark.parametrize("text", INJECTED)
def test_f01_f03_ids_are_arguments(gateway, rp1, leg1, browser, text):
    """In every id that a caller chooses: cookie, transaction, handle, code, jti, client."""
    rp1.tokens(browser)
    with gateway.redis.monitor() as seen:
        for path in ("/login", "/consent", "/authorize/continue", "/vp/complete"):
            answer = browser.get(path, params={"tx": text, "response_code": text})
            assert 400 <= answer.status_code < 500
        for path in ("/vp/request/", "/vp/status/", "/vci/offer/", "/status/"):
            answer = browser.get(path + requests.utils.quote(text, safe=""))
            assert 400 <= answer.status_code < 500
        leg1.request()
        assert leg1.token(text).status_code == 400
        rp1.request()
        assertion = {"client_assertion": rp1.assertion(jti=text), "client_assertion_type":
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        assert 400 <= rp1.token("x", (assertion, {})).status_code < 500
        assert 400 <= rp1.authorize(browser, client_id=text).status_code < 500
        if text.isprintable():
            answer = requests.get(f"{gateway.url}/authorize", params=rp1.request(), timeout=20,
                                  allow_redirects=False, headers={
                                      "Cookie": f"dvara_session={text}; dvara_browser={text}"})
            assert answer.status_code in (303, 400, 431)
    commands = [line.split('] ', 1)[-1] for line in seen]
    assert not any("FLUSHALL" in one.upper() for one in commands), commands
    assert not any(text in one for one in commands), "hashed, or not there at all"
    assert gateway.redis.ask("PING") == "PONG"
    rp1.tokens(browser)


def test_f01_a_megabyte(gateway, rp1, browser):
    big = "x" * 1_000_000
    assert requests.post(f"{gateway.url}/token", data={"code": big}, timeout=20).status_code == 413
    assert browser.http.get(f"{gateway.url}/login", params={"tx": big}, timeout=20,
                            allow_redirects=False).status_code in (413, 414, 431)
    rp1.tokens(browser)
