# SPDX-License-Identifier: Apache-2.0
"""A verifier after OpenID4VP 1.0 and HAIP 1.0: checks presentations from the first byte."""
import json
import time
import urllib.parse

from . import keys
from .issuer import VCT
from .server import Refusal, Server, reply_json

REQUEST_TYPE = "application/oauth-authz-req+jwt"


class Verifier(Server):
    def __init__(self, leaf, issuer_leaf):
        super().__init__()
        self.leaf, self.issuer_leaf = leaf, issuer_leaf
        self.client_id = "x509_hash:" + leaf.hash
        self.key = keys.new_key()
        self.nonce, self.state = keys.random_text(), keys.random_text()
        self.query = {"credentials": [{
            "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "claims": [{"path": ["family_name"]}, {"path": ["personal_number"]}]}]}
        self.header = {"typ": "oauth-authz-req+jwt", "x5c": leaf.x5c}
        self.enc = ["A128GCM", "A256GCM"]
        self.change = None  # called with the payload before it is signed
        self.answer = {"redirect_uri": "https://verifier.example/complete?response_code=1"}
        self.claims = self.error = self.jwe_header = self.error_state = None
        self.routes = {("POST", "/request/1"): self.send_request,
                       ("GET", "/request/1"): self.send_request,
                       ("POST", "/response/1"): self.take_response}

    def link(self, method="post", scheme="openid4vp", **more):
        query = {"client_id": self.client_id, "request_uri": self.base + "/request/1", **more}
        if method:
            query["request_uri_method"] = method
        place = "wallet.example/" if scheme == "https" else ""
        return f"{scheme}://{place}?" + urllib.parse.urlencode(query)

    def payload(self):
        now = int(time.time())
        jwk = {**keys.public_jwk(self.key), "kid": "k1", "use": "enc", "alg": "ECDH-ES"}
        return {
            "client_id": self.client_id, "response_type": "vp_token",
            "response_mode": "direct_post.jwt", "response_uri": self.base + "/response/1",
            "nonce": self.nonce, "state": self.state, "aud": "https://self-issued.me/v2",
            "iat": now, "exp": now + 300, "dcql_query": self.query,
            "client_metadata": {
                "jwks": {"keys": [jwk]}, "encrypted_response_enc_values_supported": self.enc,
                "vp_formats_supported": {"dc+sd-jwt": {
                    "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}}},
        }

    def send_request(self, request):
        payload = self.payload()
        assert request.headers["Accept"] == REQUEST_TYPE
        if request.command == "POST":
            form = request.form()
            payload["wallet_nonce"] = form.pop("wallet_nonce")
            abilities = json.loads(form.pop("wallet_metadata", "{}"))
            assert "dc+sd-jwt" in abilities.get("vp_formats_supported", {"dc+sd-jwt": 1})
            assert not form
        if self.change:
            self.change(payload)
        token = keys.sign(self.header, payload, self.leaf.key)
        return 200, {"Content-Type": REQUEST_TYPE, "Cache-Control": "no-store"}, token

    def take_response(self, request):
        form = request.form()
        if "error" in form:
            self.error, self.error_state = form["error"], form.get("state")
            return reply_json(self.answer)
        assert set(form) == {"response"}
        self.jwe_header, payload = keys.decrypt(form["response"], self.key)
        assert self.jwe_header["kid"] == "k1" and self.jwe_header["enc"] in self.enc
        assert payload.pop("state") == self.state
        assert set(payload) == {"vp_token"} and set(payload["vp_token"]) == {"pid"}
        presentation, = payload["vp_token"]["pid"]
        self.claims = self.check_presentation(presentation)
        if not self.claims:
            raise Refusal("access_denied")
        return reply_json(self.answer)

    def check_presentation(self, presentation):
        shown, _, binding = presentation.rpartition("~")
        shown += "~"
        token, *texts = shown[:-1].split("~")
        header, payload = keys.verify(token, self.issuer_leaf.key.public_key())
        assert header["typ"] == "dc+sd-jwt" and payload["vct"] == VCT
        head, claims = keys.verify(binding, keys.load_jwk(payload["cnf"]["jwk"]))
        assert head == {"alg": "ES256", "typ": "kb+jwt"}
        assert claims.pop("aud") == self.client_id and claims.pop("nonce") == self.nonce
        assert abs(claims.pop("iat") - time.time()) < 60
        assert claims.pop("sd_hash") == keys.sha256(shown) and not claims
        hidden = {keys.sha256(text): json.loads(keys.unb64u(text)) for text in texts}
        assert len(hidden) == len(texts)
        opened = self.open(payload, hidden)
        assert not hidden, "a disclosure without a digest"
        return opened

    def open(self, value, hidden):
        """What the disclosures show; takes each used one out of `hidden`."""
        if isinstance(value, list):
            return [self.open(one, hidden) for one in self.open_elements(value, hidden)]
        if not isinstance(value, dict):
            return value
        opened = {name: self.open(one, hidden) for name, one in value.items() if name != "_sd"}
        for digest in value.get("_sd", []):
            if digest in hidden:
                _, name, one = hidden.pop(digest)
                assert name not in opened
                opened[name] = self.open(one, hidden)
        return opened

    def open_elements(self, elements, hidden):
        for element in elements:
            if not isinstance(element, dict) or "..." not in element:
                yield element
            elif element["..."] in hidden:
                yield hidden.pop(element["..."])[1]
