# SPDX-License-Identifier: Apache-2.0
"""A bank that asks for consent by API, and a person who answers on its page."""

import time

import requests
from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebToken

from browser import Page
from consent_api import Consenting
from relying_party import query_of

PURPOSE = {
    "id": "bank-account", "why": {"en": "To open an account for you.", "fr": "Pour ouvrir un compte."},
    "claims": [{"name": "name", "essential": True}, {"name": "birthdate", "essential": True},
               {"name": "phone_number"}, {"name": "email"}]}
SIGNED = JsonWebToken(["ES256"])


class Bank(Consenting):
    """A client with a key for encryption and a purpose of its own."""

    def __init__(self, gateway, name, **metadata):
        self.opener = opener_made()
        super().__init__(gateway, name, **{
            "dvara_purposes": [PURPOSE], "redirect_uris": [f"https://{name}.test/cb"],
            **metadata})

    def ask(self, **changes):
        body = {
            "purpose": "bank-account", "access": {"mode": "once"}, "data_life": "P30D",
            "attributes": [{"name": "name", "essential": True}, {"name": "birthdate", "essential": True},
                           {"name": "phone_number", "essential": False,
                            "why": {"en": "to send the result"}}],
            "return_url": f"https://{self.id}.test/cb", "client_reference": "A-991", **changes}
        return {name: value for name, value in body.items() if value is not None}

    def asked(self, **changes):
        return self.made("/consent-requests", self.ask(**changes))

    def consented(self, browser, claims=(), **changes):
        """The consent that a person gave."""
        made = self.asked(**changes)
        back = answer(browser, made, claims=claims)
        return query_of(back)["consent_id"]

    def released(self, consent_id, body=None, **more):
        got = self.post(f"/consents/{consent_id}/releases", body, **more)
        assert got.status_code == 200, got.text
        assert got.headers["Content-Type"] == "application/jwt"
        return self.opened(got.text)

    def opened(self, text):
        """Decrypted by our key, then verified by the gateway's."""
        plain = JsonWebEncryption().deserialize_compact(text, self.opener)
        assert plain["header"]["cty"] == "JWT"
        return verified(self.gateway, plain["payload"].decode(), "release+jwt")


def verified(gateway, jws, typ):
    keys = requests.get(f"{gateway.url}/jwks", timeout=20).json()
    claims = SIGNED.decode(jws, JsonWebKey.import_key_set(keys))
    assert claims.header["typ"] == typ and claims.header["alg"] == "ES256"
    assert claims["iss"] == gateway.url
    return claims


def opener_made():
    """authlib leaves leading zeros of a coordinate out, which RFC 7518 section 6.2.1.2 forbids."""
    while True:
        key = JsonWebKey.generate_key("EC", "P-256", {"use": "enc", "kid": "e1"}, True)
        public = key.as_dict(is_private=False)
        if len(public["x"]) == len(public["y"]) == 43:
            return key


def bank_of(gateway, name, has_opener=True, **metadata):
    """The key of private_key_jwt is for signatures alone; that for encryption goes along."""
    bank = Bank(gateway, name, **metadata)
    stored = dict(bank.party.stored)
    for made in ("client_secret", "client_secret_expires_at", "client_id_issued_at"):
        stored.pop(made, None)
    stored["jwks"]["keys"][0]["use"] = "sig"
    if has_opener:
        stored["jwks"]["keys"].append({**bank.opener.as_dict(is_private=False), "use": "enc"})
    gateway.apply("client", stored)
    time.sleep(1.1)
    return bank


def page_of(browser, made, persona="sophea"):
    """The consent page of a request; signs in on the way."""
    at = browser.get(made["authorise_url"])
    for _ in range(8):
        if at.status_code == 303:
            at = browser.get(at.headers["Location"])
            continue
        form = Page(at.text).form_of("login-test")
        if form is None:
            break
        at = browser.sign_in(Page(at.text), persona)
    return at


def press(browser, page, decision="allow", claims=(), **headers):
    form = Page(page.text).form_of("consent")
    fields = form.fields + [("claim", claim) for claim in claims] + [("decision", decision)]
    return browser.post(form.action, fields, **headers)


def answer(browser, made, decision="allow", claims=(), persona="sophea"):
    page = page_of(browser, made, persona)
    assert page.status_code == 200, page.text
    back = press(browser, page, decision, claims)
    assert back.status_code == 303, back.text
    return back
