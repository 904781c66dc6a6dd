# SPDX-License-Identifier: Apache-2.0
"""A relying party of the consent API: a token of its own, bound to a key, and every answer held
against the OpenAPI document that the gateway serves."""

import json
import secrets
import time

import requests

import jwt_tools
import openapi
from conftest import client
from dpop import Proofs

BASE = "/consent/v1"


class Consenting:
    """One client of scope consent; metadata over what a good one has."""

    def __init__(self, gateway, name, **metadata):
        self.gateway, self.proofs = gateway, Proofs()
        self.party = client(gateway, name, jwt_tools.ec_key(), **{
            "grant_types": ["client_credentials", "authorization_code"], "scope": "consent openid",
            **metadata})
        self.id = self.party.id
        self.token = None

    @property
    def ahead_s(self):
        """Of the gateway's clock."""
        return int(self.gateway.clock_file.read_text())

    def own_token(self, scope="consent", bound=True, **more):
        """One POST /token."""
        url = f"{self.gateway.url}/token"
        proof = self.proofs.header("POST", url, iat=self.now()) if bound else {}
        return self.party.token(
            None, self.party.credentials(self.ahead_s), headers=proof, scope=scope,
            grant_type="client_credentials", redirect_uri=None, code_verifier=None, **more)

    def now(self):
        return int(time.time()) + self.ahead_s

    def renew(self):
        answer = self.own_token()
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "DPoP"
        self.token, self.until = answer.json()["access_token"], self.now() + 200

    def headers(self, method, path):
        if self.token is None or self.now() > self.until:
            self.renew()
        return self.proofs.shown(
            method, f"{self.gateway.url}{path}", self.token, iat=self.now())

    def call(self, method, path, body=None, key=None, at=None, **more):
        """path: below /consent/v1, or an address; key: Idempotency-Key, else a new one for each
        POST, "" for none; at: another gateway that serves the same issuer."""
        path = path.removeprefix(self.gateway.url).removeprefix(BASE)
        bare = path.split("?")[0]
        headers = {**self.headers(method, BASE + bare), **more.pop("headers", {})}
        if method == "POST" and key is None:
            key = secrets.token_urlsafe(12)
        if key:
            headers["Idempotency-Key"] = key
        sent = body
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        if at is not None:
            headers["Host"] = self.gateway.host
        answer = requests.request(
            method, f"{(at or self.gateway).url}{BASE}{path}", headers=headers, data=body,
            timeout=40, **more)
        openapi.check(self.gateway, method, BASE + bare, answer, sent)
        return answer

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def made(self, path, body=None, status=201, **more):
        answer = self.post(path, body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()


def refused(answer, status, name):
    """A problem (RFC 9457) of that name."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status and problem["trace_id"]
    assert name in (problem["title"], problem["type"].rsplit("/", 1)[-1]), problem
    return problem
