# SPDX-License-Identifier: Apache-2.0
"""Cases L07, L08 and S21: clients are told when a session ends (OpenID Connect Back-Channel Logout
1.0).  Tests that mirror a module of the OpenID Foundation's plan are named after it."""

import concurrent.futures
import contextlib
import json
import os
import signal
import sqlite3
import time

import pytest
import requests

import jwt_tools
from browser import Browser
from conftest import client
from gateway import ROOT, Gateway
from logout_receiver import EVENT, Receiver, opened
from relying_party import query_of

LEASE_S = 30
BUSY_S = 10  # that a try may take on a busy machine
HASTE_S = 1  # a person who signs out waits no longer for clients to be told
TRIES = 'dvara_outbox_tries_total{kind="logout",result="%s"}'


@pytest.fixture(scope="module")
def receiver():
    here = Receiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Another than the other tests': this one may call loopback."""
    with Gateway(tmp_path_factory.mktemp("backchannel"), {"outbound.allow": "127.0.0.1"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def listener(gateway, receiver, name, **more):
    """A client that wants to know, at /NAME."""
    metadata = {"id_token_signed_response_alg": "ES256",
                "post_logout_redirect_uris": [f"https://{name}.test/bye"],
                "backchannel_logout_uri": f"{receiver.url}/{name}",
                "backchannel_logout_session_required": True, **more}
    return client(gateway, name, jwt_tools.ec_key(), **metadata)


@pytest.fixture(scope="module")
def one(gateway, receiver):
    return listener(gateway, receiver, "one")


@pytest.fixture(scope="module")
def two(gateway, receiver):
    return listener(gateway, receiver, "two", id_token_signed_response_alg="RS256")


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


@pytest.fixture
def other_browser(gateway):
    return Browser(gateway)


def metrics(gateway):
    """Those of the outbox."""
    text = requests.get(f"http://127.0.0.1:{gateway.management}/metrics", timeout=20).text
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in text.splitlines() if "dvara_outbox" in line
             and not line.startswith("#"))}


def end_session(browser, token, **more):
    return browser.get("/end_session", params={"id_token_hint": token, **more})


def letters(gateway, client_id):
    return gateway.sql("SELECT state, n_tries, result, next_s - since_s FROM outbox"
                       " WHERE client_id = ? ORDER BY id", client_id)


def until(what, within_s=30):
    """What it is then."""
    end = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
    return found


def test_oidcc_backchannel_rp_initiated_logout(gateway, receiver, one, browser):
    """Case L08.  The client that asked is told too, before the person is back at it."""
    tokens = one.tokens(browser)
    before, began = len(receiver.tokens("/one")), time.monotonic()
    answer = end_session(browser, tokens["id_token"],
                         post_logout_redirect_uri="https://one.test/bye", state="x")
    back = time.monotonic()
    assert answer.headers["Location"] == "https://one.test/bye?state=x"
    receiver.wait("/one", before + 1)
    _, form, headers, told = receiver.last("/one")
    assert told <= back or back - began >= HASTE_S
    assert form.keys() == {"logout_token"}
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    token, = form["logout_token"]
    assert jwt_tools.header_of(token)["typ"] == "logout+jwt"
    assert jwt_tools.header_of(token)["alg"] == "ES256"
    claims, shown = opened(gateway, token, "ES256"), one.id_token(tokens)
    assert claims.keys() == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    assert claims["iss"] == gateway.url and claims["aud"] == "one"
    assert claims["events"] == {EVENT: {}}
    assert (claims["sub"], claims["sid"]) == (shown["sub"], shown["sid"])
    assert abs(claims["iat"] - time.time()) < 60 and claims["exp"] - claims["iat"] <= 120
    assert len(claims["jti"]) >= 20
    until(lambda: letters(gateway, "one")[-1][0] == "delivered")
    assert letters(gateway, "one")[-1][2] == "200"
    until(lambda: metrics(gateway).get(TRIES % "delivered", 0) >= 1)
    assert any(row["event"] == "logout.delivered" and row["client_id"] == "one"
               for row in gateway.audit())


def test_nobody_is_told_of_a_person_it_got_no_tokens_of(gateway, receiver, browser):
    """The code went to the redirect address; a logout token, which goes elsewhere, has the sub that
    the code was for.  Twin: who came with its code is told, and after the sign-out none is good."""
    came, did_not = (listener(gateway, receiver, name) for name in ("came", "did-not"))
    code = did_not.code(browser)
    end_session(browser, came.tokens(browser)["id_token"])
    receiver.wait("/came")
    time.sleep(0.5)
    assert not receiver.tokens("/did-not") and not letters(gateway, "did-not")
    answer = did_not.token(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not gateway.sql("SELECT 1 FROM visit WHERE client_id = 'did-not'")


def test_l08_a_logout_token_is_nothing_else(gateway, receiver, one, browser):
    """Neither an ID token hint nor a client assertion (case C10) nor an access token."""
    end_session(browser, one.tokens(browser)["id_token"])
    token = receiver.wait("/one")[-1]
    one.tokens(browser)
    assert 'id="logout"' in end_session(browser, token).text
    assert "code" in query_of(one.authorize(browser, prompt="none"))
    assert one.userinfo(token).status_code == 401
    refused = one.token("x", ({"client_assertion": token, "client_assertion_type":
                               "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, {}))
    assert refused.status_code == 401


def test_all_clients_of_the_session_and_no_others(gateway, receiver, one, two, browser,
                                                  other_browser):
    mine, theirs = one.tokens(browser), one.tokens(other_browser)
    two.tokens(browser)
    one.code(browser, prompt="consent")  # again at the same client: told once
    n_one, n_two = len(receiver.tokens("/one")), len(receiver.tokens("/two"))
    end_session(browser, mine["id_token"])
    to_one = receiver.wait("/one", n_one + 1)[n_one:]
    to_two = receiver.wait("/two", n_two + 1)[n_two:]
    time.sleep(1)
    assert (len(receiver.tokens("/one")), len(receiver.tokens("/two"))) == (n_one + 1, n_two + 1)
    assert jwt_tools.payload_of(to_one[0])["sid"] == one.id_token(mine)["sid"]
    claims = opened(gateway, to_two[0], "RS256")
    assert claims["sid"] != one.id_token(mine)["sid"]
    assert claims["sub"] != jwt_tools.payload_of(to_one[0])["sub"]
    assert one.userinfo(theirs["access_token"]).status_code == 200
    assert gateway.sql("SELECT count(*) FROM visit WHERE sid = ?", one.id_token(theirs)["sid"])


def test_l07_one_hangs_one_fails_one_is_fine(gateway, receiver, browser):
    hung = []
    receiver.answers["/hangs"] = lambda: hung.append(1) or time.sleep(60) or 200
    receiver.answers["/fails"] = 500
    parties = [listener(gateway, receiver, name) for name in ("hangs", "fails", "fine")]
    tokens = [party.tokens(browser) for party in parties]
    began = time.monotonic()
    assert end_session(browser, tokens[2]["id_token"]).status_code == 200
    took_s = time.monotonic() - began
    receiver.wait("/fine")
    assert receiver.times("/fine")[0] - began < 50 and took_s < 50, took_s
    assert requests.get(f"{gateway.url}/jwks", timeout=20).ok
    state, tries, result, wait_s = until(lambda: next(
        (one for one in letters(gateway, "fails") if one[2] is not None), None))
    receiver.answers["/fails"] = 204
    assert (state, result) == ("waiting", "the client answered 500") and wait_s >= 5 * tries
    until(lambda: letters(gateway, "hangs")[0][2] is not None)
    assert hung
    assert letters(gateway, "hangs")[0][0] == "waiting"
    gateway.wait_for_log("the client answered 500")
    # The twin: it works again, and is told when its time has come.
    with gateway.clock(6):
        until(lambda: letters(gateway, "fails")[0][0] == "delivered")
        token = receiver.tokens("/fails")[-1]
        assert letters(gateway, "fails")[0][1] > tries and letters(gateway, "fails")[0][2] == "204"
    first = jwt_tools.payload_of(receiver.tokens("/fails")[0])
    again = jwt_tools.payload_of(token)
    assert first["jti"] != again["jti"] and first["sid"] == again["sid"]
    receiver.answers["/hangs"] = 200


WAITS_S = (5, 15, 45, 135, 405, 1215, 3600, 3600, 3600)


def set_down(gateway, receiver, n):
    """(tries, when the next is due) of the letter that is never taken, when one after the n-th is
    set down: it is made again when the schedule says, and no longer leased."""
    [(state, n_tries, result, next_s)] = gateway.sql(
        "SELECT state, n_tries, result, next_s FROM outbox WHERE client_id = 'never'")
    tokens = receiver.tokens("/never")
    if (state, result) != ("waiting", "the client answered 503") or not n < n_tries == len(tokens):
        return None
    wait_s, least_s = next_s - jwt_tools.payload_of(tokens[-1])["iat"], WAITS_S[n_tries - 1]
    return (n_tries, next_s) if least_s <= wait_s <= least_s * 1.1 + BUSY_S else None


def test_l07_given_up_in_the_end(gateway, receiver, browser):
    """Ten tries, each later than the one before, then no more; the audit trail says so."""
    receiver.answers["/never"] = 503
    before = metrics(gateway)
    party = listener(gateway, receiver, "never")
    end_session(browser, party.tokens(browser)["id_token"])
    ahead_s = n = 0
    try:
        while n < 9:
            n, next_s = until(lambda: set_down(gateway, receiver, n))
            if ahead_s > 5:
                until(lambda: metrics(gateway)["dvara_outbox_waiting"] >= 1)
                until(lambda: metrics(gateway)["dvara_outbox_oldest_seconds"] >= 5)
            ahead_s = max(ahead_s, next_s - int(time.time()) + 1)
            gateway.clock_set(ahead_s)
        until(lambda: letters(gateway, "never")[0][0] == "failed")
        gateway.clock_set(ahead_s + 8000)
        time.sleep(1.5)
        assert len(receiver.tokens("/never")) == 10
        row = next(row for row in gateway.audit() if row["event"] == "logout.given_up")
        assert row["client_id"] == "never" and row["detail"]["tries"] == 10
        now = metrics(gateway)
        until(lambda: metrics(gateway)["dvara_outbox_waiting"] == gateway.sql(
            "SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0])
        assert now[TRIES % "failed"] - before.get(TRIES % "failed", 0) >= 9
        assert now[TRIES % "given_up"] - before.get(TRIES % "given_up", 0) >= 1
    finally:
        gateway.clock_set(0)


@pytest.mark.parametrize("answer", [
    (302, {"Location": "/trap"}), (307, {"Location": "/trap"}), 400, 404])
def test_what_is_no_success(gateway, receiver, browser, answer):
    """No redirect is followed."""
    name = f"answers{answer if isinstance(answer, int) else answer[0]}"
    receiver.answers[f"/{name}"] = answer
    party = listener(gateway, receiver, name)
    end_session(browser, party.tokens(browser)["id_token"])
    receiver.wait(f"/{name}")
    until(lambda: letters(gateway, name)[0][2] is not None)
    assert letters(gateway, name)[0][0] == "waiting"
    assert not receiver.tokens("/trap")


def test_the_guards_of_outbound_calls_hold(tmp_path, receiver):
    """Without outbound.allow nothing of this machine or its network is called."""
    with Gateway(tmp_path) as own:
        own.apply("person", [{"register_key": "P1", "short_name": "ann", "claims": {"name": "A"}}])
        party = listener(own, receiver, "guarded")
        browser = Browser(own)
        token = party.tokens(browser, persona="ann")["id_token"]
        assert end_session(browser, token).status_code == 200
        until(lambda: letters(own, "guarded")[0][2] is not None)
        assert letters(own, "guarded")[0][0] == "waiting" and not receiver.tokens("/guarded")


def test_a_client_that_is_gone_is_given_up(gateway, receiver, browser):
    receiver.answers["/goner"] = 500
    party = listener(gateway, receiver, "goner")
    end_session(browser, party.tokens(browser)["id_token"])
    receiver.wait("/goner")
    until(lambda: letters(gateway, "goner")[0][2] is not None)
    gateway.dvara("client", "remove", "goner")
    time.sleep(1.1)
    n = len(receiver.tokens("/goner"))
    with gateway.clock(60):
        until(lambda: letters(gateway, "goner")[0][0] == "failed")
    assert len(receiver.tokens("/goner")) == n


def test_a_session_that_was_idle_too_long(gateway, receiver, one, two, browser):
    """Ours has ended by itself, the clients' live on: the sign-out reaches them all the same."""
    tokens = one.tokens(browser)
    two.tokens(browser)
    n_two = len(receiver.tokens("/two"))
    with gateway.clock(16 * 60):
        answer = end_session(browser, tokens["id_token"],
                             post_logout_redirect_uri="https://one.test/bye")
        assert answer.headers["Location"] == "https://one.test/bye"
        receiver.wait("/two", n_two + 1)


def test_another_browser_cannot_end_it_by_the_hint(gateway, receiver, one, browser, other_browser):
    tokens = one.tokens(browser)
    before = len(receiver.tokens("/one"))
    assert end_session(other_browser, tokens["id_token"]).status_code == 200
    time.sleep(1)
    assert len(receiver.tokens("/one")) == before
    assert "code" in query_of(one.authorize(browser, prompt="none"))


def test_s21_an_operator_ends_all_and_redis_was_lost(gateway, receiver, one, two, browser,
                                                     other_browser):
    """Who must be told is in SQL."""
    one.tokens(browser, persona="noy")
    two.tokens(other_browser, persona="noy")
    n_one, n_two = len(receiver.tokens("/one")), len(receiver.tokens("/two"))
    for key in gateway.redis.ask("KEYS", "dv:s*"):
        gateway.redis.ask("DEL", key)
    gateway.dvara("session", "end", "noy")
    receiver.wait("/one", n_one + 1)
    receiver.wait("/two", n_two + 1)


def test_another_person_at_the_browser(gateway, receiver, one, browser):
    one.tokens(browser, persona="sophea")
    before = len(receiver.tokens("/one"))
    one.tokens(browser, persona="khamla", prompt="login")
    receiver.wait("/one", before + 1)


def test_proving_anew_who_one_is_ends_nothing(gateway, receiver, one, browser):
    one.tokens(browser)
    before = len(receiver.tokens("/one"))
    tokens = one.tokens(browser, prompt="login")
    time.sleep(1)
    assert len(receiver.tokens("/one")) == before
    end_session(browser, tokens["id_token"])
    receiver.wait("/one", before + 1)


def test_two_processes_send_each_letter_once(gateway, receiver, browser):
    """And the end of a session is seen by both within a second (case S21)."""
    parties = [listener(gateway, receiver, f"of{n}") for n in range(12)]
    with gateway.second() as second:
        for _ in range(3):
            tokens = [party.tokens(browser) for party in parties]
            end_session(browser, tokens[0]["id_token"])
            until(lambda token=tokens[5]["access_token"]: requests.get(
                f"{second.url}/userinfo", timeout=20, headers={
                    "Authorization": f"Bearer {token}", "Host": gateway.host}).status_code == 401)
        for n in range(12):
            until(lambda n=n: [row[0] for row in letters(gateway, f"of{n}")] == ["delivered"] * 3,
                  within_s=90)  # one that a busy machine answered too late is sent again later
        assert [receiver.told_twice(f"/of{n}") for n in range(12)] == [[]] * 12


def test_killed_in_the_middle(gateway, receiver, browser):
    """kill -9 while the client is being told: it is told again when the lease has run out, by
    whoever runs then."""
    receiver.answers["/slow"] = lambda: time.sleep(20) or 200
    party = listener(gateway, receiver, "slow")
    tokens = party.tokens(browser)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        ending = pool.submit(end_session, browser, tokens["id_token"])
        receiver.wait("/slow")
        os.kill(gateway.process.pid, signal.SIGKILL)
        assert isinstance(ending.exception(), requests.RequestException)
    gateway.process.wait()
    assert letters(gateway, "slow")[0][:3] == ("waiting", 1, None)
    gateway.start()
    time.sleep(1.5)
    assert len(receiver.tokens("/slow")) == 1
    receiver.answers["/slow"] = 200
    with gateway.clock(LEASE_S + 2):
        receiver.wait("/slow", 2)
        until(lambda: letters(gateway, "slow")[0][:3] == ("delivered", 2, "200"))
    assert query_of(party.authorize(browser, prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("bad", [
    "http://one.test/logout", "https://one.test/logout#x", "javascript:alert(1)", "/logout", 1,
    "https://user:pass@one.test/", "ftp://one.test/"])
def test_what_may_be_registered(gateway, bad):
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({"client_id": "bad", "redirect_uris": ["https://bad.test/cb"],
                                "backchannel_logout_uri": bad}))
    gateway.dvara("client", "apply", path, expect=1)


def test_oidcc_backchannel_logout_discovery_endpoint_verification(gateway):
    found = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True


@contextlib.contextmanager
def locked(gateway):
    """Another process writes, and does not end."""
    link = sqlite3.connect(gateway.database, isolation_level=None, timeout=20)
    link.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        link.execute("ROLLBACK")
        link.close()


def test_the_database_is_away(gateway, receiver, one, browser):
    """503, and nothing has ended: not half of it, and no letter without an end."""
    tokens = one.tokens(browser)
    before = len(receiver.tokens("/one"))
    with locked(gateway):
        answer = end_session(browser, tokens["id_token"])
        assert answer.status_code == 503 and "Retry-After" in answer.headers
        assert "Location" not in answer.headers
    assert "code" in query_of(one.authorize(browser, prompt="none"))
    assert len(receiver.tokens("/one")) == before
    until(lambda: end_session(browser, tokens["id_token"]).status_code == 200)
    receiver.wait("/one", before + 1)


def test_redis_is_away(gateway, receiver, one, browser):
    tokens = one.tokens(browser)
    before = len(receiver.tokens("/one"))
    with gateway.redis.paused():
        answer = end_session(browser, tokens["id_token"])
        assert answer.status_code == 503 and "Retry-After" in answer.headers
    until(lambda: end_session(browser, tokens["id_token"]).status_code == 200)
    receiver.wait("/one", before + 1)
    assert query_of(one.authorize(browser, prompt="none"))["error"] == "login_required"


def test_many_at_once_end_it_once(gateway, receiver, one, browser):
    for _ in range(5):
        tokens = one.tokens(browser)
        before = len(receiver.tokens("/one"))
        cookies = dict(browser.http.cookies)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: requests.get(
                f"{gateway.url}/end_session", {"id_token_hint": tokens["id_token"]},
                cookies=cookies, timeout=20), range(16)))
        assert {answer.status_code for answer in answers} == {200}
        receiver.wait("/one", before + 1)
        time.sleep(0.3)
        assert len(receiver.tokens("/one")) == before + 1
        ended = [row for row in gateway.audit()[:30] if row["event"] == "session.ended"]
        assert len({row["detail"]["session"] for row in ended}) == len(ended)
