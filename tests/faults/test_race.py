# SPDX-License-Identifier: Apache-2.0
"""One code, many at once, on two gateways over one Redis and one database: one success, and then
its tokens die (cases T01 and W02 of single use)."""

import concurrent.futures
import os

import pytest
import requests

from browser import Browser
from journey import Journey, assert_nothing_lost, client, started, sums
from relying_party import RelyingParty

AT_ONCE = 64
ROUNDS = 2000 if os.environ.get("DVARA_LONG") else 20


@pytest.fixture
def two(tmp_path):
    with started(tmp_path) as first, first.second() as second:
        yield first, second, first.host


def redeem(rp, gateway, issuer, code, credentials):
    """POST /token at either process, as a proxy in front of both would hand it on."""
    form, headers = credentials
    return requests.post(f"{gateway.url}/token", timeout=30, headers={**headers, "Host": issuer},
                         data={"grant_type": "authorization_code", "code": code,
                               "redirect_uri": rp.redirect_uri, "code_verifier": rp.verifier,
                               **form})


def is_alive(gateway, issuer, token):
    return requests.get(f"{gateway.url}/userinfo", timeout=30, headers={
        "Authorization": f"Bearer {token}", "Host": issuer}).status_code == 200


def test_one_code_sixty_four_times(two):
    first, second, issuer = two
    rp = client(first)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(ROUNDS):
            journey = Journey(first, rp).until("token")
            tries = [(rp, (first, second)[i % 2], issuer, journey.code, rp.credentials())
                     for i in range(AT_ONCE)]
            answers = list(pool.map(lambda one: redeem(*one), tries))
            good = [answer for answer in answers if answer.status_code == 200]
            assert len(good) == 1, [answer.text for answer in answers]
            assert {answer.json()["error"] for answer in answers if answer not in good} \
                == {"invalid_grant"}
            token = good[0].json()["access_token"]
            assert not is_alive(first, issuer, token) and not is_alive(second, issuer, token)
    journey = Journey(first, rp).finish()
    assert is_alive(second, issuer, journey.tokens["access_token"]), "the twin lives at both"
    revoked = first.sql("SELECT count(*) FROM revocation")[0][0]
    assert revoked == ROUNDS
    assert_nothing_lost(first, sums(first))


def test_one_refresh_token_sixty_four_times(two):
    """Case T32: a public client's, which is rotated."""
    first, second, issuer = two
    app = RelyingParty(first, {
        "client_id": "app", "client_name": "App", "scope": "openid profile offline_access",
        "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none",
        "application_type": "native", "grant_types": ["authorization_code", "refresh_token"]})
    browser = Browser(first)

    def refresh(i, token):
        return requests.post(f"{(first, second)[i % 2].url}/token", timeout=30, data={
            "grant_type": "refresh_token", "refresh_token": token, "client_id": "app"},
            headers={"Host": issuer})

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(ROUNDS):
            token = app.tokens(browser, scope="openid offline_access")["refresh_token"]
            answers = list(pool.map(lambda i, token=token: refresh(i, token), range(AT_ONCE)))
            good = [answer for answer in answers if answer.status_code == 200]
            assert len(good) == 1, [answer.text for answer in answers]
            assert {answer.json()["error"] for answer in answers if answer not in good} \
                == {"invalid_grant"}
            access = good[0].json()["access_token"]
            assert not is_alive(first, issuer, access) and not is_alive(second, issuer, access)
            assert refresh(0, good[0].json()["refresh_token"]).json()["error"] == "invalid_grant"
    token = app.tokens(browser, scope="openid offline_access")["refresh_token"]
    for i in range(4):  # the twin: one after the other
        answer = refresh(i, token)
        assert answer.status_code == 200, answer.text
        token = answer.json()["refresh_token"]
    assert_nothing_lost(first, sums(first))


def test_revoked_at_one_is_dead_at_both(two):
    """Case U12, invariant I2: with Redis at once."""
    first, second, issuer = two
    keeper = RelyingParty(first, {
        "client_id": "keeper", "client_name": "Keeper", "redirect_uris": ["https://keeper.test/cb"],
        "grant_types": ["authorization_code", "refresh_token"]})
    form, headers = keeper.credentials()
    headers = {**headers, "Host": issuer}

    def post(gateway, path, **fields):
        return requests.post(f"{gateway.url}/{path}", timeout=30, headers=headers,
                             data={**form, **fields})

    for where, elsewhere in ((first, second), (second, first)):
        tokens = keeper.tokens(Browser(first), scope="openid offline_access")
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert is_alive(elsewhere, issuer, tokens["access_token"])
        assert post(elsewhere, "token", **refresh).status_code == 200
        assert post(where, "revoke", token=tokens["refresh_token"]).status_code == 200
        for gateway in (elsewhere, where):
            assert not is_alive(gateway, issuer, tokens["access_token"])
            assert post(gateway, "token", **refresh).json()["error"] == "invalid_grant"
            assert post(gateway, "introspect",
                        token=tokens["access_token"]).json() == {"active": False}


def test_one_form_sixteen_times(two):
    """One decision on the consent page (case S02)."""
    first, second, issuer = two
    rp = client(first)
    journey = Journey(first, rp).until("allow")
    form = journey.page.form_of("consent")
    before = sums(first)["consent"]

    def press(i):
        gateway = (first, second)[i % 2]
        return requests.post(gateway.url + form.action, timeout=30, allow_redirects=False,
                             cookies=journey.browser.http.cookies.get_dict(),
                             headers={"Host": issuer, "Origin": first.url},
                             data=form.fields + [("decision", "allow")])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(press, range(16)))
    assert sorted({answer.status_code for answer in answers}) == [303, 400], \
        [answer.text for answer in answers]
    assert [answer.status_code for answer in answers].count(303) == 1
    assert sums(first)["consent"] == before + 1
