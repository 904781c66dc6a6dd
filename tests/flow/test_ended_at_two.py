# SPDX-License-Identifier: Apache-2.0
"""Two gateways over one Redis and one database: what is ended at the one is refused by the other in
the next request, of every kind.  The other has just taken it, so that nothing it remembers helps."""

import re
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import GRANTS, client
from relying_party import query_of
from test_lifecycle import Phone, account, block, person  # noqa: F401 (a fixture)
from vci_wallet import is_revoked

SECOND_S = 1.1


@pytest.fixture(scope="module")
def second(issue_gateway):
    with issue_gateway.second() as running:
        yield running


@pytest.fixture(scope="module")
def rp(issue_gateway):
    return client(issue_gateway, "ended-rp", jwt_tools.ec_key(), grant_types=GRANTS,
                  scope="openid profile email offline_access")


class There:
    """The other process, as the client and the person's browser reach it through a balancer."""

    def __init__(self, rp, second):
        self.rp, self.url, self.host = rp, second.url, {"Host": rp.gateway.host}

    def post(self, path, form):
        return requests.post(f"{self.url}{path}", timeout=20, headers=self.host,
                             data={**form, **self.rp.credentials()[0]})

    def userinfo(self, tokens):
        return requests.get(f"{self.url}/userinfo", timeout=20, headers={
            **self.host, "Authorization": f"Bearer {tokens['access_token']}"})

    def is_active(self, tokens):
        return self.post("/introspect", {"token": tokens["access_token"]}).json()["active"]

    def refresh(self, tokens):
        return self.post("/token", {
            "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})

    def is_signed_in(self, browser):
        answer = requests.get(f"{self.url}/authorize", params=self.rp.request(prompt="none"),
                              headers=self.host, timeout=20, allow_redirects=False,
                              cookies=browser.http.cookies.get_dict())
        return "code" in query_of(answer)

    def takes(self, tokens, browser=None):
        """Twin of refuses(): and whatever this process keeps of it, it keeps now."""
        assert self.userinfo(tokens).status_code == 200 and self.is_active(tokens)
        answer = self.refresh(tokens)
        assert answer.status_code == 200, answer.text
        tokens.update(answer.json())
        assert self.userinfo(tokens).status_code == 200 and self.is_active(tokens)
        assert browser is None or self.is_signed_in(browser)

    def refuses(self, tokens):
        assert self.userinfo(tokens).status_code == 401
        assert not self.is_active(tokens)
        answer = self.refresh(tokens)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.fixture
def there(rp, second):
    return There(rp, second)


@pytest.fixture
def citizen(issue_gateway, rp, there):
    """Who signed in and shared something; the other process knows of it."""
    browser = Browser(issue_gateway)
    tokens = rp.tokens(browser, scope="openid profile email offline_access", claims=("email",))
    there.takes(tokens, browser)
    return browser, tokens


def fields_of(answer, action):
    return next(form for form in Page(answer.text).forms if form.action == action).fields


def consent_form(browser, name):
    """The button of that name: its consent, with the form's own fields."""
    page = browser.get("/account")
    value = re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]
    return fields_of(page, "/account/consents") + [(name, value)]


def test_an_access_token(rp, there, citizen):
    _, tokens = citizen
    form = {"token": tokens["access_token"], **rp.credentials()[0]}
    assert requests.post(f"{rp.gateway.url}/revoke", data=form, timeout=20).status_code == 200
    assert there.userinfo(tokens).status_code == 401 and not there.is_active(tokens)
    there.takes(there.refresh(tokens).json())


def test_a_refresh_token(rp, there, citizen):
    _, tokens = citizen
    form = {"token": tokens["refresh_token"], **rp.credentials()[0]}
    assert requests.post(f"{rp.gateway.url}/revoke", data=form, timeout=20).status_code == 200
    there.refuses(tokens)


def test_a_consent_by_the_person(there, citizen):
    browser, tokens = citizen
    form = consent_form(browser, "withdraw")
    assert browser.post("/account/consents", form).status_code == 303
    there.refuses(tokens)
    assert not there.is_signed_in(browser), "it is to be asked anew"


def test_a_consent_by_an_operator(issue_gateway, there, citizen):
    """A command is no process that keeps a connection open: within a second."""
    browser, tokens = citizen
    issue_gateway.dvara("consent", "withdraw", consent_form(browser, "withdraw")[-1][1])
    time.sleep(SECOND_S)
    there.refuses(tokens)


def test_a_consent_that_is_paused(there, citizen):
    browser, tokens = citizen
    assert there.userinfo(tokens).json().keys() >= {"sub", "email"}
    assert browser.post("/account/consents", consent_form(browser, "pause")).status_code == 303
    assert there.userinfo(tokens).json().keys() == {"sub"}
    assert there.refresh(tokens).status_code == 400
    assert browser.post("/account/consents", consent_form(browser, "resume")).status_code == 303
    assert there.userinfo(tokens).json().keys() >= {"sub", "email"}


def test_all_sessions(there, rp, issue_gateway, citizen):
    browser, _ = citizen
    tokens = rp.tokens(browser, scope="openid email")
    assert there.is_signed_in(browser) and there.userinfo(tokens).status_code == 200
    cookies = browser.http.cookies.copy()
    page = browser.get("/account/sessions")
    answer = browser.post(
        "/account/sessions/end-all", fields_of(page, "/account/sessions/end-all"))
    assert answer.status_code == 200
    browser.http.cookies.update(cookies)
    assert not there.is_signed_in(browser), "by a cookie that was kept"
    assert there.userinfo(tokens).status_code == 401


def test_a_credential_by_the_person(issue_gateway, rp, there, person):  # noqa: F811
    """And with it what it signed in."""
    name, _ = person
    lost, other = Phone(issue_gateway, rp, name), Phone(issue_gateway, rp, name)
    there.takes(lost.tokens, lost.browser)
    assert block(other, lost.device).headers["Location"] == "/account"
    there.refuses(lost.tokens)
    there.refuses(lost.away)
    assert not there.is_signed_in(lost.browser)
    assert is_revoked(issue_gateway, lost.holder.credential)
    there.takes(other.tokens, other.browser)
    assert lost.device not in account(other)[0].text
