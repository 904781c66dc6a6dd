# SPDX-License-Identifier: Apache-2.0
"""What was right when it began, and is no more: a person blocked, a client removed, a purpose
changed while a token lives or a page stands open."""

import time

import pytest

from browser import Browser, Page
from conftest import client
from relying_party import query_of
from services import Caller, gateway_with, plugin
from test_token import assert_refused

ROWAN = {"register_key": "T-7", "short_name": "rowan",
         "claims": {"name": "Rowan", "birthdate": "1990-02-03"}}
CACHED_S = 1.1


def purpose(*names):
    return [{"id": "main", "why": {"en": "because"}, "claims": [
        {"name": name, "essential": True, "why": {"en": "because"}} for name in names]}]


@pytest.fixture
def rowan(gateway):
    gateway.apply("person", [ROWAN])
    return "rowan"


def block(gateway):
    gateway.apply("person", [{**ROWAN, "life": "blocked"}])


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gone")
    plugin(folder, "hostile")
    with gateway_with(folder, "hostile") as running:
        caller = Caller(running, "hostile")
        caller.is_back("hostile", caller.token("hostile"))
        yield caller


def test_a_service_is_not_called_for_who_is_blocked(services):
    services.gateway.apply("person", [ROWAN])
    browser = Browser(services.gateway)
    token = services.client.tokens(
        browser, persona="rowan",
        resource=f"{services.gateway.url}/services/hostile")["access_token"]
    assert services.call("hostile", token=token).status_code == 200
    block(services.gateway)
    answer = services.call("hostile", token=token)
    assert answer.status_code == 401, answer.text
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_service_is_not_called_by_a_client_that_is_removed(services):
    token = services.token("hostile")
    assert services.call("hostile", token=token).status_code == 200
    services.gateway.dvara("client", "remove", services.client.id)
    time.sleep(CACHED_S)
    answer = services.call("hostile", token=token)
    assert answer.status_code == 401, answer.text


def test_userinfo_without_claims_of_who_is_blocked(gateway, rp1, browser, rowan):
    token = rp1.tokens(browser, persona=rowan)["access_token"]
    assert rp1.userinfo(token).json().keys() == {"sub"}
    block(gateway)
    assert rp1.userinfo(token).status_code == 401


def test_no_tokens_for_who_is_blocked_since_the_code(gateway, rp1, browser, rowan):
    """No claim stands in the ID token, so nothing is released, and still nobody speaks for them."""
    code = rp1.code(browser, persona=rowan)
    block(gateway)
    assert_refused(rp1.token(code), "invalid_grant")
    gateway.apply("person", [ROWAN])
    assert_refused(rp1.token(code), "invalid_grant")  # it is spent
    assert "access_token" in rp1.tokens(browser, persona=rowan)


def consent_page(party, browser, persona):
    """The page, and its transaction's URL."""
    answer = party.authorize(browser, prompt="consent", scope="openid profile")
    while answer.status_code == 303 or Page(answer.text).form_of("login-test"):
        if answer.status_code == 303:
            answer = browser.get(answer.headers["Location"])
        else:
            answer = browser.sign_in(Page(answer.text), persona)
    page = Page(answer.text)
    assert page.form_of("consent") is not None
    return page


def test_blocked_while_the_consent_page_stands(gateway, rp1, browser, rowan):
    page = consent_page(rp1, browser, rowan)
    block(gateway)
    answer = browser.walk(browser.decide(page, True, ()))
    if answer.status_code == 303:
        assert query_of(answer)["error"] == "access_denied"
    else:
        assert "code=" not in answer.text


def test_the_purpose_changes_while_the_consent_page_stands(gateway, browser, rowan):
    party = client(gateway, "shifty", dvara_purposes=purpose("name"))
    page = consent_page(party, browser, rowan)
    shown = page.form_of("consent").boxes()
    assert "birthdate" not in shown
    gateway.apply("client", {**party.stored, "dvara_purposes": purpose("name", "birthdate")})
    time.sleep(CACHED_S)
    answer = browser.decide(page, True, ())
    assert answer.status_code == 403, answer.text
    assert all(consent["client_id"] != party.id
               for consent in gateway.dvara("consent", "list", rowan))
    again = Page(browser.get(page.form_of("consent").action).text)
    assert "birthdate" in again.form_of("consent").boxes()
    assert "code" in query_of(browser.walk(browser.decide(again, True, ())))
