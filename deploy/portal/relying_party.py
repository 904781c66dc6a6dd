# SPDX-License-Identifier: Apache-2.0
"""Signing people in, by Authlib from the gateway's discovery document; and calling services for
them, each with a token of its own (RFC 8707)."""
import json
import os
import time
from pathlib import Path
from urllib.parse import quote

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.flask_client import OAuthError
from flask import redirect, request

# What a request to the gateway may end in; see reason_of().
FAULTS = (AuthlibBaseError, requests.RequestException, ValueError, KeyError)
OWN_SCOPE = "consent"  # of the portal itself (news.py), not of people who sign in
EARLY_S = 10  # a token is not used in its last seconds
# OAuth error: the reason that texts/*.json explains
REASONS = {"access_denied": "denied", "temporarily_unavailable": "away", "server_error": "away",
           "login_required": "signed-out", "consent_required": "not-allowed",
           "mismatching_state": "lost"}


class RelyingParty:
    def __init__(self, app, config):
        client = json.loads(Path(config["client"]).read_text(encoding="utf-8"))
        self.issuer, self.ca_file = config["issuer"], config["ca_file"]
        if self.ca_file:
            os.environ["REQUESTS_CA_BUNDLE"] = self.ca_file
        self.sign_in_address = config["base"] + "/callback"
        self.signed_out_address = config["base"] + "/signed-out"
        self.id_token_alg = client["id_token_signed_response_alg"]
        self.base, self.services = config["base"], client["dvara_resources"]
        scope = " ".join(word for word in client["scope"].split() if word != OWN_SCOPE)
        self.gateway = OAuth(app).register(
            "gateway",
            client_id=client["client_id"], client_secret=client["client_secret"],
            server_metadata_url=self.issuer + "/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256",
                           "token_endpoint_auth_method": client["token_endpoint_auth_method"]})

    def send_to_sign_in(self, language):
        return self.gateway.authorize_redirect(self.sign_in_address, ui_locales=language)

    def person(self):
        """At the callback: what the gateway tells about whoever signed in, and {sid, id_token} of
        the login."""
        tokens = self._tokens()
        return ({**self.gateway.userinfo(token=tokens), "sub": tokens["userinfo"]["sub"]},
                {"sid": tokens["userinfo"].get("sid"), "id_token": tokens["id_token"]})

    def ask_quietly(self, page, language):
        """For a token for the page's service; nobody is shown anything."""
        return self.gateway.authorize_redirect(
            self._callback(page), scope="openid", resource=self._service(page.service),
            ui_locales=language, prompt="none")

    def ask_person(self, page, language):
        """All that this portal asks at once: what is allowed now takes the place of what was
        allowed before. Authlib writes no parameter twice (RFC 8707 section 2)."""
        asked = self.gateway.create_authorization_url(self._callback(page), ui_locales=language)
        self.gateway.save_authorize_data(redirect_uri=self._callback(page), **asked)
        return redirect(asked["url"] + "".join(
            "&resource=" + quote(self._service(id_), safe="") for id_ in self.services))

    def service_token(self, page):
        """At the callback: (sub, token)."""
        tokens = self._tokens(resource=self._service(page.service))
        return tokens["userinfo"]["sub"], {
            "access_token": tokens["access_token"],
            "until": time.time() + tokens["expires_in"] - EARLY_S}

    def call(self, id_, path, token, method="GET", body=None):
        answer = requests.request(method, self._service(id_) + path, json=body, timeout=10,
                                  allow_redirects=False,
                                  headers={"Authorization": "Bearer " + token["access_token"]})
        answer.raise_for_status()
        return answer.json()

    def _service(self, id_):
        return f"{self.issuer}/services/{id_}"

    def _callback(self, page):
        return f"{self.base}/{page.name}/callback"

    def _tokens(self, **more):
        """The ID token is checked by Authlib: signature, issuer, audience, nonce, times."""
        if request.args.get("iss", self.issuer) != self.issuer:
            raise OAuthError("mix_up", "the answer is another gateway's (RFC 9207)")
        return self.gateway.authorize_access_token(**more)


def is_fresh(token):
    return token is not None and token["until"] > time.time()


def reason_of(fault):
    """(reason, error code or None) of what went wrong."""
    if isinstance(fault, requests.HTTPError):
        status = fault.response.status_code
        return ("away" if status >= 500 else "not-allowed" if status == 403 else "refused"), None
    if isinstance(fault, requests.RequestException):
        return "away", None
    if isinstance(fault, AuthlibBaseError):
        return REASONS.get(fault.error, "refused"), fault.error
    return "refused", None
