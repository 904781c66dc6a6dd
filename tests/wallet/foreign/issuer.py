# SPDX-License-Identifier: Apache-2.0
"""A credential issuer after OpenID4VCI 1.0: strict about what a wallet sends."""
import json
import secrets
import time
import urllib.parse

from . import keys
from .server import Refusal, Server, reply_json

GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
VCT = "urn:example:pid:1"
CLAIMS = {
    "family_name": "សុភា", "given_name": "Sophea", "personal_number": "010203040",
    "address": {"locality": "Phnom Penh", "country": "KH"},
    "nationalities": ["KH", "LA"],
}


class Salted:
    """Writes disclosures and remembers them."""

    def __init__(self):
        self.texts = []

    def hide(self, *parts):
        text = keys.dump([keys.random_text(16), *parts])
        self.texts.append(text)
        return keys.sha256(text)

    def hide_claims(self, claims):
        """Each claim hidden; objects and lists hidden inside as well."""
        digests = []
        for name, value in claims.items():
            if isinstance(value, dict):
                value = {"_sd": self.hide_claims(value)}
            elif isinstance(value, list):
                value = [{"...": self.hide(one)} for one in value]
                value.insert(1, {"...": keys.sha256(keys.random_text())})
            digests.append(self.hide(name, value))
        return sorted(digests + [keys.sha256(keys.random_text())])


def make_credential(leaf, holder_jwk, change=None, header=None, disclosures=None):
    """An SD-JWT VC; the hooks spoil it for negative tests."""
    salted = Salted()
    now = int(time.time())
    payload = {"vct": VCT, "iat": now // 86400 * 86400, "exp": now + 86400,
               "cnf": {"jwk": holder_jwk}, "_sd_alg": "sha-256",
               "status": {"status_list": {"idx": secrets.randbelow(1 << 20),
                                          "uri": "https://issuer.example/status/1"}},
               "_sd": salted.hide_claims(CLAIMS)}
    if change:
        change(payload, salted)
    token = keys.sign({"typ": "dc+sd-jwt", "x5c": leaf.x5c, **(header or {})}, payload, leaf.key)
    texts = disclosures(salted.texts) if disclosures else salted.texts
    return "~".join([token, *texts, ""])


class Issuer(Server):
    def __init__(self, leaf, dpop=False, tx_code="493536", anonymous=True):
        super().__init__()
        self.leaf, self.dpop, self.tx_code, self.anonymous = leaf, dpop, tx_code, anonymous
        self.identifier = self.base + "/tenant"
        self.code, self.token = keys.random_text(), keys.random_text()
        self.dpop_nonce = keys.random_text() if dpop else None
        self.nonces, self.notifications, self.jtis = set(), [], set()
        self.refresh_token = None  # of a wallet with a name, bound to dpop_jwk
        self.dpop_jwk = None
        self.make = make_credential  # called with (leaf, holder_jwk)
        self.batch_size = None  # or how many proofs one request may hold
        self.client_id = None
        self.holder_jwks = []
        self.routes = {
            ("GET", "/offer/1"): self.send_offer,
            ("GET", "/.well-known/openid-credential-issuer/tenant"): self.send_metadata,
            ("GET", "/.well-known/oauth-authorization-server/tenant"): self.send_server_metadata,
            ("POST", "/token"): self.send_token,
            ("POST", "/nonce"): self.send_nonce,
            ("POST", "/credential"): self.send_credential,
            ("POST", "/notification"): self.take_notification,
        }

    def offer(self):
        grant = {"pre-authorized_code": self.code}
        if self.tx_code:
            grant["tx_code"] = {"length": len(self.tx_code), "description": "from the letter"}
        return {"credential_issuer": self.identifier,
                "credential_configuration_ids": ["pid"], "grants": {GRANT: grant}}

    def offer_uri(self, by_value=False, scheme="openid-credential-offer"):
        query = {"credential_offer": json.dumps(self.offer())} if by_value else {
            "credential_offer_uri": self.base + "/offer/1"}
        return f"{scheme}://?" + urllib.parse.urlencode(query)

    def send_offer(self, request):
        return reply_json(self.offer())

    def metadata(self):
        batch = {"batch_credential_issuance": {"batch_size": self.batch_size}}
        return {
            **(batch if self.batch_size else {}),
            "credential_issuer": self.identifier,
            "credential_endpoint": self.base + "/credential",
            "nonce_endpoint": self.base + "/nonce",
            "notification_endpoint": self.base + "/notification",
            "credential_configurations_supported": {"pid": {
                "format": "dc+sd-jwt", "vct": VCT, "scope": "pid",
                "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": {
                    "jwt": {"proof_signing_alg_values_supported": ["ES256"]}}}},
        }

    def send_metadata(self, request):
        return reply_json(self.metadata())

    def server_metadata(self):
        metadata = {"issuer": self.identifier, "token_endpoint": self.base + "/token",
                    "grant_types_supported": [GRANT],
                    "pre-authorized_grant_anonymous_access_supported": self.anonymous}
        if self.dpop:
            metadata["dpop_signing_alg_values_supported"] = ["ES256"]
        return metadata

    def send_server_metadata(self, request):
        return reply_json(self.server_metadata())

    def check_dpop(self, request, path, token=None):
        if not self.dpop:
            assert request.headers["DPoP"] is None
            return
        proof = request.headers["DPoP"]
        header, claims = keys.verify(proof, keys.load_jwk(keys.read(proof)[0]["jwk"]))
        assert header["typ"] == "dpop+jwt" and claims["htm"] == "POST"
        assert claims["htu"] == self.base + path and abs(claims["iat"] - time.time()) < 60
        assert claims["jti"] not in self.jtis
        self.jtis.add(claims["jti"])
        assert claims.get("ath") == (keys.sha256(token) if token else None)
        if claims.get("nonce") != self.dpop_nonce:
            raise Refusal("use_dpop_nonce", 401 if token else 400,
                          {"DPoP-Nonce": self.dpop_nonce})

    def send_token(self, request):
        form = request.form()
        self.check_dpop(request, "/token")
        if form.get("grant_type") == "refresh_token":
            return self.renew(form, request)
        assert form.pop("grant_type") == GRANT
        self.client_id = form.pop("client_id", None)
        if not self.anonymous and not self.client_id:
            raise Refusal("invalid_client", 401)
        code, tx_code = form.pop("pre-authorized_code"), form.pop("tx_code", None)
        assert not form
        if code != self.code or tx_code != self.tx_code:
            raise Refusal("invalid_grant")
        self.code = keys.random_text()
        return self.give_token(request)

    def renew(self, form, request):
        assert form.pop("client_id") == self.client_id
        if form.pop("refresh_token") != self.refresh_token or self.proved(request) != self.dpop_jwk:
            raise Refusal("invalid_grant")
        return self.give_token(request)

    def give_token(self, request):
        given = {"access_token": self.token, "expires_in": 300,
                 "token_type": "DPoP" if self.dpop else "Bearer"}
        if self.client_id:
            self.refresh_token, self.dpop_jwk = keys.random_text(), self.proved(request)
            given["refresh_token"] = self.refresh_token
        return reply_json(given)

    def proved(self, request):
        return keys.read(request.headers["DPoP"])[0]["jwk"] if self.dpop else None

    def send_nonce(self, request):
        assert request.body == "" and request.headers["Authorization"] is None
        nonce = keys.random_text()
        self.nonces.add(nonce)
        return reply_json({"c_nonce": nonce})

    def check_token(self, request, path):
        kind = "DPoP" if self.dpop else "Bearer"
        assert request.headers["Authorization"] == f"{kind} {self.token}"
        assert request.headers["Content-Type"] == "application/json"
        self.check_dpop(request, path, self.token)

    def check_proof(self, proof):
        header, claims = keys.verify(proof, keys.load_jwk(keys.read(proof)[0]["jwk"]))
        assert header["typ"] == "openid4vci-proof+jwt" and "kid" not in header
        assert claims["aud"] == self.identifier and abs(claims["iat"] - time.time()) < 60
        assert claims.get("iss") == self.client_id
        if claims["nonce"] not in self.nonces:
            raise Refusal("invalid_nonce")
        return header["jwk"], claims["nonce"]

    def send_credential(self, request):
        self.check_token(request, "/credential")
        body = json.loads(request.body)
        assert set(body) == {"credential_configuration_id", "proofs"}
        assert body["credential_configuration_id"] == "pid"
        (kind, proofs), = body["proofs"].items()
        assert kind == "jwt" and 1 <= len(proofs) <= (self.batch_size or 1)
        proved = [self.check_proof(proof) for proof in proofs]
        self.nonces -= {nonce for _, nonce in proved}
        jwks = [jwk for jwk, _ in proved]
        assert all(jwk not in self.holder_jwks + jwks[:i] for i, jwk in enumerate(jwks))
        self.holder_jwks += jwks
        return reply_json({"credentials": [{"credential": self.make(self.leaf, jwk)}
                                           for jwk in jwks], "notification_id": "n1"})

    def take_notification(self, request):
        self.check_token(request, "/notification")
        body = json.loads(request.body)
        assert body["notification_id"] == "n1"
        self.notifications.append(body["event"])
        return 204, {}, ""
