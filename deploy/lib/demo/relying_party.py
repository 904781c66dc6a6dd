# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect relying party for a client file: code flow with PKCE, state and nonce; the ID
token is checked by the gateway's published keys."""
import secrets
import time

import requests
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from requests.models import PreparedRequest

from .fault import Stop

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW_S = 30
AGAIN_S = 15  # how long a service that is away is asked again


class RelyingParty:
    def __init__(self, issuer, client, ca_file):
        self.issuer, self.client = issuer, client
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = ca_file or True
        self.metadata = self._get(issuer + "/.well-known/openid-configuration")
        if self.metadata["issuer"] != issuer:
            raise Stop(f"the gateway says it is {self.metadata['issuer']}, not {issuer}")
        self.redirect_uri = client["redirect_uris"][0]

    def request(self, **parameters):
        """Where to send the browser: an address, and what to remember until it comes back."""
        kept = {"state": secrets.token_urlsafe(16), "nonce": secrets.token_urlsafe(16),
                "verifier": secrets.token_urlsafe(48)}
        url = PreparedRequest()
        url.prepare_url(self.metadata["authorization_endpoint"], {
            "response_type": "code", "client_id": self.client["client_id"],
            "redirect_uri": self.redirect_uri, "state": kept["state"], "nonce": kept["nonce"],
            "code_challenge": create_s256_code_challenge(kept["verifier"]),
            "code_challenge_method": "S256", **parameters})
        return url.url, kept

    def redeem(self, answer, kept, **more):
        """The tokens for what the browser brought back; more: resource."""
        if answer.get("state") != kept["state"]:
            raise Stop("the answer is not to our request: state differs")
        if answer.get("iss", self.issuer) != self.issuer:
            raise Stop("the answer is another gateway's: iss differs (RFC 9207)")
        if "error" in answer:
            raise Stop(f"the gateway answered {answer['error']}: "
                       f"{answer.get('error_description', '')}")
        form = {"grant_type": "authorization_code", "code": answer["code"],
                "redirect_uri": self.redirect_uri, "code_verifier": kept["verifier"], **more}
        headers, proof = self._proof()
        got = self.http.post(self.metadata["token_endpoint"], data={**form, **proof},
                             auth=headers, timeout=30)
        tokens = self._json(got)
        tokens["claims"] = self._check(tokens["id_token"], kept["nonce"])
        return tokens

    def userinfo(self, tokens):
        found = self._get(self.metadata["userinfo_endpoint"], tokens)
        if found["sub"] != tokens["claims"]["sub"]:
            raise Stop("userinfo is of another person than the ID token")
        return found

    def call(self, url, tokens):
        """A service; one that is away for a moment says when to ask it again."""
        until = time.monotonic() + AGAIN_S
        while True:
            got = self._send(url, tokens)
            wait = got.headers.get("Retry-After", "") if got.status_code == 503 else ""
            if not wait.isdecimal() or time.monotonic() + int(wait) > until:
                return self._json(got)
            time.sleep(int(wait))

    def _proof(self):
        """(basic authentication, form fields) by the client's method."""
        client = self.client
        if client["token_endpoint_auth_method"] == "client_secret_basic":
            return (client["client_id"], client["client_secret"]), {}
        if client["token_endpoint_auth_method"] == "client_secret_post":
            return None, {"client_id": client["client_id"],
                          "client_secret": client["client_secret"]}
        return None, {"client_id": client["client_id"], "client_assertion_type": ASSERTION_TYPE,
                      "client_assertion": self._assertion()}

    def _assertion(self):
        """RFC 7523 section 2.2."""
        jwk = next(key for key in self.client["private_jwks"]["keys"] if key["use"] == "sig")
        now = int(time.time())
        return JsonWebToken([jwk["alg"]]).encode(
            {"alg": jwk["alg"], "kid": jwk["kid"]},
            {"iss": self.client["client_id"], "sub": self.client["client_id"], "aud": self.issuer,
             "jti": secrets.token_urlsafe(16), "iat": now, "exp": now + 60},
            JsonWebKey.import_key(jwk)).decode()

    def _check(self, id_token, nonce):
        """OpenID Connect Core section 3.1.3.7."""
        keys = JsonWebKey.import_key_set(self._get(self.metadata["jwks_uri"]))
        alg = self.client["id_token_signed_response_alg"]
        rules = {"iss": {"essential": True, "value": self.issuer},
                 "aud": {"essential": True, "value": self.client["client_id"]},
                 "nonce": {"essential": True, "value": nonce},
                 "sub": {"essential": True}, "exp": {"essential": True}, "iat": {"essential": True}}
        try:
            claims = JsonWebToken([alg]).decode(id_token, keys, claims_options=rules)
            claims.validate(leeway=SKEW_S)
        except (JoseError, ValueError) as error:
            raise Stop(f"the ID token does not hold: {error}") from None
        return dict(claims)

    def _get(self, url, tokens=None):
        return self._json(self._send(url, tokens))

    def _send(self, url, tokens=None):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"} if tokens else {}
        return self.http.get(url, headers=headers, timeout=30, allow_redirects=False)

    @staticmethod
    def _json(got):
        if got.status_code != 200:
            raise Stop(f"{got.url.split('?')[0]}: status {got.status_code}: {got.text[:300]}")
        return got.json()
