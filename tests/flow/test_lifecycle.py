# SPDX-License-Identifier: Apache-2.0
"""The end of what lets a person in: a phone lost, a person dead or blocked.  What was born of it ends
within a second at every process; what was not goes on."""

import json
import sqlite3
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import GRANTS, client
from gateway import ROOT
from relying_party import query_of
from test_token import assert_refused
from vci_wallet import is_revoked, offered, present, presenter

PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())
CLAIMS = next(one["claims"] for one in PERSONAS if one["short_name"] == "sophea")
SECOND_S = 1.1


@pytest.fixture(scope="module")
def rp(issue_gateway):
    return client(issue_gateway, "lifecycle-rp", jwt_tools.ec_key(), grant_types=GRANTS,
                  scope="openid profile offline_access")


@pytest.fixture
def person(issue_gateway, request):
    """Somebody of the register; apply(life) says more of them."""
    name = f"lc-{abs(hash(request.node.name)) % 10**8}"

    def apply(life="active"):
        issue_gateway.apply("person", [{
            "register_key": f"P-{name}", "short_name": name, "life": life,
            "claims": {**CLAIMS, "personal_number": f"P-{name}"}}])
    apply()
    return name, apply


class Phone:
    """A phone with a credential of its own, a browser signed in with it, and tokens."""

    def __init__(self, gateway, rp, name):
        self.gateway, self.rp = gateway, rp
        self.holder = presenter(offered(gateway, name))
        self.browser = Browser(gateway)
        self.device = next(one["device"] for one in gateway.dvara("person", "list-credentials", name)
                           if one["place"] == self.holder.credential.place["idx"])
        self.tokens = self.sign_in(scope="openid")
        self.away = self.sign_in(scope="openid offline_access", prompt="consent")

    def sign_in(self, **changes):
        answer = self.rp.authorize(self.browser, **changes)
        if answer.headers["Location"].startswith(("/login", f"{self.gateway.url}/login")):
            answer = present(self.browser, self.holder, answer)
        back = answer if "code=" in answer.headers.get("Location", "") else (
            self.browser.walk(answer))
        return self.rp.token(query_of(back)["code"]).json()

    def is_signed_in(self):
        return "code" in query_of(self.rp.authorize(self.browser, prompt="none"))

    def must_be_alive(self):
        assert self.is_signed_in() and not is_revoked(self.gateway, self.holder.credential)
        for kept in (self.tokens, self.away):
            assert self.rp.userinfo(kept["access_token"]).status_code == 200
            kept.update(self.rp.refresh(kept["refresh_token"]).json())
        browser = Browser(self.gateway)
        assert present(browser, self.holder, self.rp.authorize(browser)).status_code == 303

    def must_be_dead(self, *processes):
        for one in processes or (self.gateway,):
            for kept in (self.tokens, self.away):
                answer = requests.get(f"{one.url}/userinfo", timeout=20, headers={
                    "Host": self.gateway.url.split("//")[1],
                    "Authorization": f"Bearer {kept['access_token']}"})
                assert answer.status_code == 401, (one.url, answer.text)
        assert not self.is_signed_in()
        for kept in (self.tokens, self.away):
            assert_refused(self.rp.refresh(kept["refresh_token"]), "invalid_grant")
        assert is_revoked(self.gateway, self.holder.credential)
        browser = Browser(self.gateway)
        present(browser, self.holder, self.rp.authorize(browser), 400)


def test_a_lost_phone_by_the_operator(issue_gateway, rp, person):
    name, _ = person
    with issue_gateway.second() as second:
        lost, other = Phone(issue_gateway, rp, name), Phone(issue_gateway, rp, name)
        assert lost.device != other.device
        lost.must_be_alive()
        issue_gateway.dvara("person", "revoke", name, lost.device)
        time.sleep(SECOND_S)
        lost.must_be_dead(issue_gateway, second)
    other.must_be_alive()
    issue_gateway.dvara("person", "revoke", name, lost.device)  # again: nothing more
    issue_gateway.dvara("person", "revoke", "sophea", other.device, expect=3)
    other.must_be_alive()


def test_all_phones_lost(issue_gateway, rp, person):
    name, _ = person
    phones = [Phone(issue_gateway, rp, name), Phone(issue_gateway, rp, name)]
    assert issue_gateway.dvara("person", "revoke", name) == {"revoked": 2}
    time.sleep(SECOND_S)
    for phone in phones:
        phone.must_be_dead()
    Phone(issue_gateway, rp, name).must_be_alive()


@pytest.mark.parametrize("life", ["blocked", "dead"])
def test_the_register_says_so(issue_gateway, rp, person, life):
    """Heard by `dvara person apply`; what ended does not come back with the person."""
    name, apply = person
    phone = Phone(issue_gateway, rp, name)
    apply(life)
    time.sleep(SECOND_S)
    assert is_revoked(issue_gateway, phone.holder.credential)
    for kept in (phone.tokens, phone.away):
        assert_refused(rp.refresh(kept["refresh_token"]), "invalid_grant")
        assert rp.userinfo(kept["access_token"]).status_code == 401
    apply("active")
    phone.must_be_dead()
    Phone(issue_gateway, rp, name).must_be_alive()


def test_the_register_says_so_behind_our_back(issue_gateway, rp, person):
    """Heard when the person next comes."""
    name, apply = person
    phone = Phone(issue_gateway, rp, name)
    with sqlite3.connect(issue_gateway.database, timeout=20) as link:
        link.execute("UPDATE register SET life = 'blocked' WHERE register_key = ?", [f"P-{name}"])
    link.close()
    assert phone.browser.get("/account").status_code == 403
    assert is_revoked(issue_gateway, phone.holder.credential)
    apply("active")
    time.sleep(SECOND_S)
    phone.must_be_dead()
    Phone(issue_gateway, rp, name).must_be_alive()


def account(phone):
    answer = phone.browser.get("/account")
    assert answer.status_code == 200, answer.text
    return answer, Page(answer.text)


def block(phone, device):
    """The forms of the page have one token."""
    _, page = account(phone)
    form = next(one for one in page.forms if one.action.startswith("/account/sessions/"))
    fields = [pair for pair in form.fields if pair[0] == "csrf"]
    return phone.browser.post("/account/documents/block", fields + [("phone", device)])


def test_a_lost_phone_by_the_person(issue_gateway, rp, person):
    name, _ = person
    lost, other = Phone(issue_gateway, rp, name), Phone(issue_gateway, rp, name)
    assert account(other)[0].text.count(lost.device) == 1
    assert block(other, lost.device).headers["Location"] == "/account"
    time.sleep(SECOND_S)
    lost.must_be_dead()
    other.must_be_alive()
    assert lost.device not in account(other)[0].text
    # The phone that one is signed in with: the session goes too.
    block(other, other.device)
    time.sleep(SECOND_S)
    other.must_be_dead()
    assert other.browser.get("/account").headers["Location"].startswith("/login")


def test_nobody_blocks_anothers_phone(issue_gateway, rp, person):
    name, _ = person
    phone, stranger = Phone(issue_gateway, rp, name), Phone.__new__(Phone)
    stranger.browser = Browser(issue_gateway)
    rp.sign_in(stranger.browser, "vannak")
    assert block(stranger, phone.device).status_code == 404
    answer = phone.browser.post("/account/documents/block", [("phone", phone.device)])
    assert answer.status_code == 403, "without the page's token"
    phone.must_be_alive()


def test_a_document_that_will_end_soon_is_named(issue_gateway, rp, person):
    name, _ = person
    phone = Phone(issue_gateway, rp, name)
    assert "Renew this before" not in account(phone)[0].text
    with sqlite3.connect(issue_gateway.database, timeout=20) as link:
        link.execute("UPDATE credential SET expires_s = ? WHERE device = ?",
                     [int(time.time()) + 5 * 86400, phone.device])
    link.close()
    assert "Renew this before" in account(phone)[0].text
