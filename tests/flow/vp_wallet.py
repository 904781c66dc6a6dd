# SPDX-License-Identifier: Apache-2.0
"""A wallet that can be made to misbehave (OpenID4VP 1.0), and the issuer it has its credential from.

What is wrong in an answer is said by the keyword arguments; without any, the answer is right."""

import hashlib
import json
import secrets
import time
import urllib.parse

import requests

import jwt_tools
import pki

VCT = "urn:dvara:pid:1"


def wallet_settings(folder, *anchors):
    """[wallet] with a certificate of its own; anchors of the issuers that are believed."""
    verifier, key = pki.Authority("Verifiers"), jwt_tools.ec_key()
    (folder / "verifier.pem").write_bytes(
        verifier.sign(key, "Gateway").public_bytes(pki.PEM))
    (folder / "verifier.key").write_bytes(pki.key_pem(key))
    (folder / "verifier.key").chmod(0o600)
    (folder / "anchors.pem").write_bytes(b"".join(one.pem for one in anchors))
    return {"wallet.certificate_file": folder / "verifier.pem",
            "wallet.key_file": folder / "verifier.key",
            "wallet.anchors_file": folder / "anchors.pem",
            "outbound.allow": "127.0.0.0/8"}


class Issuer:
    """An issuer of credentials under an authority; it can be one that nobody trusts."""

    def __init__(self, authority, **validity):
        self.key = jwt_tools.ec_key()
        self.certificate = authority.sign(self.key, "Test issuer", **validity)

    def credential(self, holder, number, header=None, disclosures=None, alg="ES256", **changes):
        """An SD-JWT VC for holder, up to and including the last '~'."""
        now = int(time.time())
        if disclosures is None:
            disclosures = [disclosure("personal_number", number)]
        claims = {"vct": VCT, "iat": now, "exp": now + 3600, "_sd_alg": "sha-256",
                  "cnf": {"jwk": jwt_tools.public_jwk(holder)},
                  "_sd": [digest(one) for one in disclosures], **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": alg, "typ": "dc+sd-jwt", "x5c": pki.x5c(self.certificate),
                  **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        if alg == "none":
            jwt = ".".join([jwt_tools.b64u(jwt_tools.text_of(header)),
                            jwt_tools.b64u(jwt_tools.text_of(claims)), ""])
        else:
            jwt = jwt_tools.sign(self.key, header, claims)
        return "~".join([jwt, *disclosures]) + "~"


def disclosure(name, value):
    return jwt_tools.b64u(json.dumps([secrets.token_urlsafe(16), name, value]).encode())


def digest(text):
    return jwt_tools.b64u(hashlib.sha256(text.encode()).digest())


class Wallet:
    def __init__(self, issuer, number):
        self.issuer, self.number = issuer, number
        self.key = jwt_tools.ec_key()

    def fetch(self, link, method="POST", **form):
        """The answer of the request endpoint that a link names."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
        if method == "GET":
            return requests.get(query["request_uri"], timeout=20, allow_redirects=False)
        return requests.post(query["request_uri"], data=form or {"wallet_nonce": "n" * 22},
                             timeout=20, allow_redirects=False)

    def request(self, link):
        answer = self.fetch(link)
        assert answer.status_code == 200, answer.text
        return jwt_tools.payload_of(answer.text)

    def presentation(self, request, credential=None, kb_header=None, kb_key=None, with_kb=True,
                     sd_hash=None, **changes):
        credential = credential or self.issuer.credential(self.key, self.number)
        if not with_kb:
            return credential
        claims = {"iat": int(time.time()), "nonce": request["nonce"], "aud": request["client_id"],
                  "sd_hash": sd_hash or digest(credential), **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "typ": "kb+jwt", **(kb_header or {})}
        if header["alg"] == "none":
            return credential + ".".join([jwt_tools.b64u(jwt_tools.text_of(header)),
                                          jwt_tools.b64u(jwt_tools.text_of(claims)), ""])
        return credential + jwt_tools.sign(kb_key or self.key, header, claims)

    def encrypted(self, request, payload, **header):
        """payload: bytes, or what becomes JSON."""
        jwk = request["client_metadata"]["jwks"]["keys"][0]
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": jwk["kid"], **header}
        octets = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return jwt_tools.encrypt(header, octets, jwk)

    def answer(self, request, vp_token=None, payload=None, **wrong):
        """The form of a whole answer."""
        if payload is None:
            vp_token = vp_token or {"pid": [self.presentation(request, **wrong)]}
            payload = {"vp_token": vp_token, "state": request["state"]}
        return {"response": self.encrypted(request, payload)}

    def send(self, request, **wrong):
        return self.post(request, self.answer(request, **wrong))

    def post(self, request, form, **more):
        return requests.post(request["response_uri"], data=form, timeout=20,
                             allow_redirects=False, **more)
