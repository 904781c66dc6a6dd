# SPDX-License-Identifier: Apache-2.0
"""A relying party: what it sends, and what it makes of the answers."""

import base64
import secrets
import time
import urllib.parse

import requests
from authlib.jose import JsonWebKey, JsonWebToken

import jwt_tools

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def query_of(answer):
    """The parameters of a redirect; each stands once."""
    location = answer.headers["Location"]
    pairs = urllib.parse.parse_qsl(
        urllib.parse.urlsplit(location).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), location
    return dict(pairs)


class RelyingParty:
    """metadata as in `dvara client apply`; key: of private_key_jwt."""

    def __init__(self, gateway, metadata, key=None):
        self.gateway, self.key = gateway, key
        if key is not None:
            metadata = {**metadata, "jwks": {"keys": [jwt_tools.public_jwk(key, "k1")]}}
        self.stored = gateway.apply("client", metadata)
        self.id = self.stored["client_id"]
        self.secret = self.stored.get("client_secret", metadata.get("client_secret"))
        self.method = self.stored["token_endpoint_auth_method"]
        self.redirect_uri = next(iter(metadata["redirect_uris"]), None)
        self.verifier = secrets.token_urlsafe(32)

    def request(self, **changes):
        """Parameters of a good request, as changed; None leaves one out.  Remembers what it needs
        for the code."""
        self.verifier = secrets.token_urlsafe(32)
        parameters = {
            "client_id": self.id, "redirect_uri": self.redirect_uri, "response_type": "code",
            "scope": "openid", "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8), "code_challenge": jwt_tools.s256(self.verifier),
            "code_challenge_method": "S256", **changes}
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, browser, **changes):
        """One GET /authorize."""
        self.sent = self.request(**changes)
        return browser.get("/authorize", params=self.sent)

    def push(self, credentials=None, headers=None, **changes):
        """One POST /par of a good request, as changed."""
        self.sent = self.request(**changes)
        form, sent = credentials if credentials is not None else self.credentials()
        return requests.post(f"{self.gateway.url}/par", data={**self.sent, **form}, timeout=20,
                             headers={**sent, **(headers or {})})

    def pushed(self, **changes):
        """The request_uri of a good request."""
        answer = self.push(**changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["request_uri"]

    def open(self, browser, request_uri, **more):
        """GET /authorize with what was pushed."""
        return browser.get("/authorize", params={
            "client_id": self.id, "request_uri": request_uri, **more})

    def sign_in(self, browser, persona="sophea", allow=True, claims=(), **changes):
        """The whole way to the redirect back; claims to tick are asked for anew."""
        if claims:
            changes.setdefault("prompt", "consent")
        return browser.walk(self.authorize(browser, **changes), persona, allow, claims)

    def code(self, browser, **more):
        answer = self.sign_in(browser, **more)
        assert answer.status_code == 303, answer.text
        answered = query_of(answer)
        assert answer.headers["Location"].startswith(self.redirect_uri)
        assert answered.get("state") == self.sent.get("state")
        assert answered["iss"] == self.gateway.url
        assert "code" in answered, answered
        return answered["code"]

    def assertion(self, header=None, key=None, alg=None, **changes):
        alg = alg or jwt_tools.usual_alg(key or self.key)
        now = int(time.time())
        claims = {"iss": self.id, "sub": self.id, "aud": self.gateway.url, "iat": now,
                  "exp": now + 60, "jti": secrets.token_urlsafe(16), **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": alg, "kid": "k1", **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        return jwt_tools.sign(key or self.key, header, claims, alg)

    def credentials(self, ahead_s=0):
        """(form fields, headers) that prove who it is; ahead_s: of the gateway's clock."""
        if self.method == "private_key_jwt":
            now = int(time.time()) + ahead_s
            return {"client_assertion": self.assertion(iat=now, exp=now + 60),
                    "client_assertion_type": ASSERTION_TYPE}, {}
        if self.method == "client_secret_post":
            return {"client_id": self.id, "client_secret": self.secret}, {}
        if self.method == "client_secret_basic":
            return {}, {"Authorization": basic(self.id, self.secret)}
        return {"client_id": self.id}, {}

    def token(self, code, credentials=None, headers=None, **changes):
        """One POST /token; changes as in request()."""
        form, sent = credentials if credentials is not None else self.credentials()
        form = {"grant_type": "authorization_code", "code": code,
                "redirect_uri": self.redirect_uri, "code_verifier": self.verifier,
                **form, **changes}
        form = {name: value for name, value in form.items() if value is not None}
        return requests.post(f"{self.gateway.url}/token", data=form,
                             headers={**sent, **(headers or {})}, timeout=20)

    def refresh(self, refresh_token, credentials=None, **changes):
        """One POST /token with a refresh token."""
        return self.token(None, credentials, **{
            "grant_type": "refresh_token", "refresh_token": refresh_token, "redirect_uri": None,
            "code_verifier": None, **changes})

    def tokens(self, browser, **more):
        """The whole way to tokens."""
        answer = self.token(self.code(browser, **more))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def userinfo(self, access_token, **more):
        return requests.get(f"{self.gateway.url}/userinfo", timeout=20,
                            headers={"Authorization": f"Bearer {access_token}",
                                     **more.pop("headers", {})}, **more)

    def id_token(self, tokens):
        """The claims, the signature checked by authlib."""
        keys = JsonWebKey.import_key_set(
            requests.get(f"{self.gateway.url}/jwks", timeout=20).json())
        algs = [self.stored["id_token_signed_response_alg"]]
        claims = JsonWebToken(algs).decode(tokens["id_token"], keys, claims_options={
            "iss": {"essential": True, "value": self.gateway.url},
            "aud": {"essential": True, "value": self.id},
            "sub": {"essential": True}})
        claims.validate()
        return dict(claims)


def basic(client_id, secret):
    """RFC 6749 section 2.3.1: form-encoded, then base64."""
    pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
