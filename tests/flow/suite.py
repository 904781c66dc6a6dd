# SPDX-License-Identifier: Apache-2.0
"""Drives the gateway as the OpenID Foundation's conformance suite does: discovery first, every
address from there, pages by plain forms with the contract's ids, and each answer checked as its
conditions check it.  The modules that do so are in test_profile_*.py, listed in PROFILES.md."""

import re
import time

import requests

import jwt_tools
from browser import Page
from relying_party import RelyingParty, query_of

QUERY, FORM_POST = "query", "form_post"
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


def discovered(gateway):
    answer = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    return answer.json()


class Op:
    """The provider under test with one client: a RelyingParty, the way its answers travel, and
    whether it sends PKCE of itself (the plans of OpenID Connect do not)."""

    def __init__(self, party, mode=QUERY, pkce=False):
        self.party, self.mode, self.pkce = party, mode, pkce
        self.server = discovered(party.gateway)

    def ask(self, browser, method="GET", **changes):
        """One request to the authorization endpoint."""
        if not self.pkce:
            changes = {"code_challenge": None, "code_challenge_method": None, **changes}
        if self.mode == FORM_POST:
            changes.setdefault("response_mode", "form_post")
        self.sent = self.party.sent = self.party.request(**changes)
        address = self.server["authorization_endpoint"]
        if method == "POST":
            return browser.http.post(address, data=self.sent, allow_redirects=False, timeout=20)
        return browser.get(address, params=self.sent)

    def callback(self, answer, mode=None):
        """What came back to the client, by the way that was asked for and by no other."""
        mode = mode or self.mode
        if mode == FORM_POST:
            assert answer.status_code == 200, answer.text
            form = Page(answer.text).form_of("form-post")
            assert form is not None, answer.text
            assert form.action == self.party.redirect_uri
            fields = dict(form.fields)
            assert len(fields) == len(form.fields)
        else:
            assert answer.status_code == 303, answer.text
            location = answer.headers["Location"]
            assert location.startswith(self.party.redirect_uri) and "#" not in location
            fields = query_of(answer)
        assert fields.get("state") == self.sent.get("state")
        assert fields["iss"] == self.server["issuer"]
        return fields

    def answered(self, browser, method="GET", **changes):
        """The whole way through login and consent; every claim asked is allowed."""
        return self.walked(browser, self.ask(browser, method, **changes))

    def walked(self, browser, answer):
        fields = self.callback(browser.walk(answer, claims="all"))
        assert fields.keys() <= {"code", "state", "iss"}, fields
        assert len(fields["code"]) >= 22
        return fields

    def error(self, answer, *errors, mode=None):
        """An error at the client's address."""
        fields = self.callback(answer, mode)
        assert fields["error"] in errors, fields
        assert DESCRIPTION.fullmatch(fields.get("error_description", ""))
        assert "code" not in fields
        return fields

    def exchange(self, code, **changes):
        if not self.pkce and "code_challenge" not in self.sent:
            changes.setdefault("code_verifier", None)
        return self.party.token(code, **changes)

    def tokens(self, browser, method="GET", **changes):
        return self.given(self.exchange(self.answered(browser, method, **changes)["code"]))

    def given(self, answer):
        """A good answer of the token endpoint, and its ID token's claims beside it."""
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].split(";")[0] == "application/json"
        assert "no-store" in answer.headers["Cache-Control"]
        tokens = answer.json()
        assert tokens["token_type"].lower() == "bearer"
        assert isinstance(tokens["expires_in"], int) and tokens["expires_in"] > 0
        tokens["claims"] = self.id_token(tokens)
        return tokens

    def id_token(self, tokens):
        claims = self.party.id_token(tokens)
        now = time.time()
        assert jwt_tools.header_of(tokens["id_token"])["kid"]
        assert claims["aud"] in (self.party.id, [self.party.id])
        assert claims["exp"] > now and abs(claims["iat"] - now) < 300
        assert claims["sub"].isascii() and 0 < len(claims["sub"]) <= 255
        assert claims.get("nonce") == self.sent.get("nonce")
        if "at_hash" in claims:
            assert claims["at_hash"] == jwt_tools.half_hash(tokens["access_token"])
        if "auth_time" in claims:
            assert claims["auth_time"] <= now + 5
        return claims

    def userinfo(self, tokens, method="GET", place="header"):
        token = tokens["access_token"]
        sent = {"headers": {"Authorization": f"Bearer {token}"}} if place == "header" else {
            "data": {"access_token": token}}
        answer = requests.request(method, self.server["userinfo_endpoint"], timeout=20, **sent)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].split(";")[0] == "application/json"
        person = answer.json()
        assert person["sub"] == tokens["claims"]["sub"]
        for name, value in person.items():
            assert value not in ("", None, {}), f"{name} is empty"
            if name.endswith("_verified"):
                assert isinstance(value, bool), name
            elif name == "address":
                assert isinstance(value, dict)
            elif name == "updated_at":
                assert isinstance(value, int)
            else:
                assert isinstance(value, str), name
        return person


def refused(answer, *errors):
    """A refusal of the token endpoint, RFC 6749 section 5.2."""
    assert answer.status_code in (400, 401), answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    body = answer.json()
    assert body["error"] in errors, body
    assert answer.status_code == 400 or body["error"] == "invalid_client"
    assert DESCRIPTION.fullmatch(body.get("error_description", ""))
    assert "access_token" not in body


def error_page(answer):
    """The suite asks for a screenshot: a page for the person, nothing goes to any address."""
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers
    page = Page(answer.text)
    assert page.form_of("login-test") is None and page.form_of("form-post") is None


def login_page(answer, browser):
    """Follows to the page that asks who it is."""
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert page.form_of("login-test") is not None, answer.text
    return page


def party_of(gateway, name, key=None, **metadata):
    return RelyingParty(gateway, {
        "client_id": name, "client_name": name, "redirect_uris": [f"https://{name}.test/cb"],
        **metadata}, key)
