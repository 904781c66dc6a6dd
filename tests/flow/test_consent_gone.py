# SPDX-License-Identifier: Apache-2.0
"""Consents that are gone or were replaced: a form whose transaction is gone is a page, what was
withdrawn gives no token, and what was asked anew leaves the tokens before it alive."""

import json

import pytest

from browser import Page
from conftest import client
from relying_party import query_of
from test_token import assert_refused

IN_ID_TOKEN = json.dumps({"id_token": {"email": None}})
MORGAN = {"register_key": "T-31", "short_name": "morgan",
          "claims": {"name": "Morgan", "email": "m@x.test"}}


@pytest.fixture
def morgan(gateway):
    gateway.apply("person", [MORGAN])
    yield "morgan"
    gateway.apply("person", [MORGAN])


def coded(party, browser, **changes):
    """A code of a request that asks anew, everything allowed."""
    answer = party.authorize(browser, prompt="consent", scope="openid email", **changes)
    return query_of(browser.walk(answer, "morgan", claims="all"))["code"]


def withdraw(gateway, party, *, ended=False):
    """The consent that stands, or the last that another took the place of."""
    consents = [consent for consent in gateway.dvara("consent", "list", "morgan")
                if consent["client_id"] == party.id and "withdrawn" not in consent
                and ("ended" in consent) is ended]
    gateway.dvara("consent", "withdraw", consents[0]["id"])


def blocked(gateway, party):
    gateway.apply("person", [{**MORGAN, "life": "blocked"}])


def withdrawn(gateway, party):
    withdraw(gateway, party)


@pytest.mark.parametrize("asked", [{}, {"claims": IN_ID_TOKEN}], ids=["userinfo", "id_token"])
@pytest.mark.parametrize("gone", [blocked, withdrawn])
def test_no_tokens_for_what_ended_since_the_code(gateway, rp1, browser, morgan, asked, gone):
    """RFC 6749 section 5.2 has one error for it, and the ID token need not hold a claim."""
    code = coded(rp1, browser, **asked)
    gone(gateway, rp1)
    assert_refused(rp1.token(code), "invalid_grant")
    gateway.apply("person", [MORGAN])
    assert rp1.token(coded(rp1, browser, **asked)).status_code == 200


def test_tokens_outlive_that_the_person_is_asked_for_more(gateway, rp1, browser, morgan):
    first = rp1.token(coded(rp1, browser)).json()["access_token"]
    wider = rp1.tokens(browser, persona=morgan, claims="all", scope="openid email profile")
    assert rp1.userinfo(first).json().keys() == {"sub", "email"}
    assert rp1.userinfo(wider["access_token"]).json()["name"] == "Morgan"
    # A code on its way when the person is asked anew, in another tab.
    code, verifier = coded(rp1, browser, claims=IN_ID_TOKEN), rp1.verifier
    last = rp1.token(coded(rp1, browser)).json()["access_token"]
    rp1.verifier = verifier
    assert rp1.id_token(rp1.token(code).json())["email"] == "m@x.test"
    # What was given in their place carries them all: taken back, they are gone.
    withdraw(gateway, rp1)
    for token in (first, wider["access_token"], last):
        assert rp1.userinfo(token).status_code == 401
    assert rp1.userinfo(rp1.token(coded(rp1, browser)).json()["access_token"]).status_code == 200


def test_what_is_not_allowed_any_more_does_not_leave(gateway, rp1, browser, morgan):
    token = rp1.token(coded(rp1, browser)).json()["access_token"]
    assert rp1.userinfo(token).json()["email"] == "m@x.test"
    narrower = query_of(browser.walk(
        rp1.authorize(browser, prompt="consent", scope="openid email"), morgan))
    assert "code" in narrower
    answer = rp1.userinfo(token)
    assert answer.status_code == 200 and answer.json().keys() == {"sub"}


def test_a_token_under_an_earlier_consent_is_ended_by_that_one_too(gateway, browser, morgan):
    party = client(gateway, "turns", scope="openid email")
    first = party.token(coded(party, browser)).json()["access_token"]
    second = party.token(coded(party, browser)).json()["access_token"]
    withdraw(gateway, party, ended=True)
    assert party.userinfo(first).status_code == 401
    assert party.userinfo(second).status_code == 200


def test_consent_without_its_transaction(rp1, browser, other_browser):
    browser.get("/authorize", params=rp1.request())
    for who in (browser, other_browser):
        answer = who.post(f"/consent?tx={'c' * 43}", [("decision", "allow"), ("csrf", "x")])
        assert answer.status_code == 400 and "error-code" in Page(answer.text).ids
    assert "code" in query_of(rp1.sign_in(browser))
