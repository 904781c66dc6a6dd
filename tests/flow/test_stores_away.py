# SPDX-License-Identifier: Apache-2.0
"""Cases F07, F08 and the invariants I1, I4: a store that is away costs a 503, and nothing that was
good before is refused because of it."""

import contextlib
import json
import os
import signal
import sqlite3
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway, Redis
from relying_party import ASSERTION_TYPE, query_of
from test_token import assert_refused

S503_WITHIN_S = 15


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A gateway whose stores may be broken."""
    with Gateway(tmp_path_factory.mktemp("stores"), {"redis.timeout": "2s"}) as gateway:
        gateway.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        gateway.rp = client(gateway, "rp1", jwt_tools.ec_key(),
                            id_token_signed_response_alg="ES256")
        gateway.leg = client(gateway, "leg1", id_token_signed_response_alg="ES256")
        grants = ["authorization_code", "refresh_token"]
        gateway.keeper = client(gateway, "keeper", grant_types=grants, scope=None)
        gateway.app = client(gateway, "app", grant_types=grants, scope=None,
                             redirect_uris=["http://127.0.0.1/cb"], application_type="native",
                             token_endpoint_auth_method="none")
        yield gateway


def assert_503(answer, is_page=False):
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.elapsed.total_seconds() < S503_WITHIN_S
    if is_page:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Location" not in answer.headers
        for word in ("Redis", "SQL", "redis", "sqlite", ".c:"):
            assert word not in answer.text
    elif answer.text:
        assert answer.json()["error"] == "temporarily_unavailable"


def refresh_tokens(gateway, browser):
    """One of a client that keeps it, one of a client whose is rotated."""
    return [(party, party.tokens(browser, scope="openid offline_access")["refresh_token"])
            for party in (gateway.keeper, gateway.app)]


def all_refresh(tokens):
    """T31, T32: none was lost, none was used up by an answer that never came."""
    for party, token in tokens:
        answer = party.refresh(token)
        assert answer.status_code == 200, answer.text
        assert party.userinfo(answer.json()["access_token"]).status_code == 200
        assert party.refresh(answer.json()["refresh_token"]).status_code == 200


def everything_is_503(gateway, browser, code, token):
    assert_503(gateway.leg.token(code))
    assert_503(gateway.rp.token("x"))
    assert_503(gateway.rp.userinfo(token))
    assert_503(gateway.rp.authorize(browser), is_page=True)
    assert_503(gateway.rp.authorize(browser, prompt="none"), is_page=True)
    assert_503(browser.get("/authorize/continue", params={"tx": "a" * 43}), is_page=True)
    assert requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).ok
    assert requests.get(f"{gateway.url}/jwks", timeout=20).ok
    management = f"http://127.0.0.1:{gateway.management}/health"
    assert requests.get(f"{management}/live", timeout=20).status_code == 200
    assert requests.get(f"{management}/ready", timeout=20).status_code == 503


def is_back(gateway):
    browser = Browser(gateway)
    gateway.settle()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        answer = gateway.rp.sign_in(browser)
        if answer.status_code == 303 and "code" in query_of(answer):
            if gateway.rp.token(query_of(answer)["code"]).status_code == 200:
                return browser
        time.sleep(0.1)
    raise AssertionError("the gateway does not come back")


def test_redis_is_gone_and_comes_back_empty(own):
    browser = is_back(own)
    token = own.rp.tokens(browser)["access_token"]
    code = own.leg.code(browser)
    verifier = own.leg.verifier
    refresh = refresh_tokens(own, browser)
    own.redis.stop()
    everything_is_503(own, browser, code, token)
    for party, refresh_token in refresh:
        assert_503(party.refresh(refresh_token))
    own.leg.verifier = verifier
    now = int(time.time())
    early = own.rp.assertion(iat=now - 5, exp=now + 500)
    time.sleep(1)
    own.redis = Redis(own.folder)
    browser = is_back(own)
    # What only Redis knew is lost: no code and no token is believed; an assertion of before the
    # epoch may have been used, which is our fault and no reason for a client to give up.
    assert_refused(own.leg.token(code), "invalid_grant")
    assert own.rp.userinfo(token).status_code == 401
    answer = own.rp.token("x", ({"client_assertion": early,
                                 "client_assertion_type": ASSERTION_TYPE}, {}))
    assert_503(answer)
    # What is in SQL is there: the consent, the refresh tokens.
    all_refresh(refresh)
    assert "code" in query_of(own.rp.authorize(browser, prompt="none"))


def test_f08_redis_does_not_answer(own):
    browser = is_back(own)
    token = own.rp.tokens(browser)["access_token"]
    os.kill(own.redis.process.pid, signal.SIGSTOP)
    try:
        assert_503(own.rp.userinfo(token))
        assert_503(own.rp.authorize(browser), is_page=True)
        assert requests.get(f"{own.url}/jwks", timeout=20).ok
    finally:
        os.kill(own.redis.process.pid, signal.SIGCONT)
    is_back(own)
    assert own.rp.userinfo(token).status_code == 200


@contextlib.contextmanager
def database_locked(gateway):
    """Reading goes on, nothing can be written."""
    lock = sqlite3.connect(gateway.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lock.execute("ROLLBACK")
        lock.close()


def test_refresh_tokens_survive_a_restart(own):
    tokens = refresh_tokens(own, is_back(own))
    own.restart()
    is_back(own)
    all_refresh(tokens)


def test_a_refresh_token_is_not_used_up_by_a_locked_database(own):
    tokens = refresh_tokens(own, is_back(own))
    with database_locked(own):
        for party, token in tokens:
            answer = party.refresh(token)
            assert answer.status_code == 503, answer.text
            assert "token" not in answer.json()
    is_back(own)
    all_refresh(tokens)


def login_page(gateway, browser, **changes):
    """The chooser, and the transaction it is of."""
    target = gateway.rp.authorize(browser, **changes).headers["Location"]
    assert target.startswith("/login?tx=")
    return Page(browser.get(target).text), {"tx": target.split("tx=")[1]}


def goes_to(browser, transaction):
    """Where /authorize/continue leads."""
    answer = browser.get("/authorize/continue", params=transaction)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def assert_page_503(answer):
    assert answer.status_code == 503, answer.text
    assert "Location" not in answer.headers


def test_no_login_without_its_audit_row(own):
    """What could not be written did not happen: no code, and the session before it lives on."""
    browser = is_back(own)
    page, transaction = login_page(own, browser, prompt="login")
    with database_locked(own):
        assert_page_503(browser.sign_in(page, "sophea"))
    assert goes_to(browser, transaction).startswith("/login?")
    assert "code" in query_of(own.rp.authorize(browser, prompt="none"))
    back = browser.walk(browser.sign_in(page, "sophea"))
    assert "code" in query_of(back)


def test_no_refusal_without_its_audit_row(own):
    browser = is_back(own)
    page, transaction = login_page(own, browser, prompt="login")
    form = next(form for form in page.forms if form.action.startswith("/login/cancel"))
    with database_locked(own):
        assert_page_503(browser.post(form.action, form.fields))
        assert_page_503(browser.sign_in(page, "dara"))
    assert goes_to(browser, transaction).startswith("/login?")
    assert browser.post(form.action, form.fields).status_code == 303
    assert "error=access_denied" in goes_to(browser, transaction)


def test_the_last_step_can_be_taken_again(own):
    """The code and its audit row failed by us: the link is not used up by that."""
    browser = is_back(own)
    page, transaction = login_page(own, browser, prompt="login")
    assert browser.sign_in(page, "sophea").status_code == 303
    with database_locked(own):
        assert_page_503(browser.get("/authorize/continue", params=transaction))
    assert "code=" in goes_to(browser, transaction)
    used = browser.get("/authorize/continue", params=transaction)
    assert used.status_code == 400


def test_the_database_is_locked(own):
    """A code that could not be traded because of us is not spent."""
    browser = Browser(own)
    code = own.leg.code(browser)
    with database_locked(own):
        answer = own.leg.token(code)
        assert answer.status_code == 503, answer.text
        assert "access_token" not in answer.text
    is_back(own)
    answer = own.leg.token(code)
    assert answer.status_code == 200, answer.text
    assert own.rp.userinfo(answer.json()["access_token"]).status_code == 200
    assert_refused(own.leg.token(code), "invalid_grant")
