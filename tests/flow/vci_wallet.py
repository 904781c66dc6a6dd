# SPDX-License-Identifier: Apache-2.0
"""A wallet that fetches credentials (OpenID4VCI 1.0) and can be made to misbehave.

What is wrong in a proof is said by the keyword arguments; without any, the proof is right."""

import base64
import hashlib
import json
import re
import time
import urllib.parse
import zlib

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

import jwt_tools
import pki
import vp_wallet
from browser import Browser, Page
from dpop import Proofs

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


def issuer_settings(folder, url):
    """The authority of a certificate of its own that names the issuer url, and [issue] with it."""
    authority, key = pki.Authority("Issuers"), jwt_tools.ec_key()
    (folder / "issuer.pem").write_bytes(authority.sign(key, "Issuer", uri=url).public_bytes(pki.PEM))
    (folder / "issuer.key").write_bytes(pki.key_pem(key))
    (folder / "issuer.key").chmod(0o600)
    return authority, {"issue.certificate_file": folder / "issuer.pem",
                       "issue.key_file": folder / "issuer.key"}


class Credential:
    """One SD-JWT VC, its signature checked by the certificate in its header."""

    def __init__(self, text):
        self.text = text
        assert text.endswith("~")
        self.jwt, *self.disclosures = text[:-1].split("~")
        self.header, self.claims = jwt_tools.header_of(self.jwt), jwt_tools.payload_of(self.jwt)
        signed, signature = self.jwt.rsplit(".", 1)
        raw = jwt_tools.b64u_open(signature)
        leaf = x509.load_der_x509_certificate(base64.b64decode(self.header["x5c"][0]))
        leaf.public_key().verify(
            utils.encode_dss_signature(int.from_bytes(raw[:32], "big"),
                                       int.from_bytes(raw[32:], "big")),
            signed.encode(), ec.ECDSA(hashes.SHA256()))
        self.open = [json.loads(jwt_tools.b64u_open(one)) for one in self.disclosures]
        digests = {jwt_tools.b64u(hashlib.sha256(one.encode()).digest())
                   for one in self.disclosures}
        assert digests == set(self.claims.get("_sd", []))

    @property
    def attributes(self):
        return {name: value for _, name, value in self.open}

    @property
    def salts(self):
        return [salt for salt, _, _ in self.open]

    @property
    def place(self):
        return self.claims["status"]["status_list"]


class Wallet:
    """dpop: its tokens are bound to a key.  client_id: it says who it is."""

    def __init__(self, gateway, dpop=False, client_id=None):
        self.gateway, self.client_id = gateway, client_id
        self.dpop = Proofs() if dpop else None
        self.tokens = None

    def url(self, path):
        return self.gateway.url + path

    def offer(self, uri):
        """What an offer's URI leads to."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(uri).query))
        if "credential_offer" in query:
            return json.loads(query["credential_offer"])
        answer = requests.get(query["credential_offer_uri"], timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metadata(self):
        return requests.get(
            self.url("/.well-known/openid-credential-issuer"), timeout=20).json()

    def redeem(self, offer, tx_code, **more):
        """POST /token with the offer's pre-authorized code."""
        form = {"grant_type": PRE_AUTHORIZED, "tx_code": tx_code, "client_id": self.client_id,
                "pre-authorized_code": offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"],
                **more}
        answer = requests.post(
            self.url("/token"), timeout=20, data={k: v for k, v in form.items() if v is not None},
            headers=self.dpop.header("POST", self.url("/token")) if self.dpop else {})
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    def shown(self, path):
        """The headers that show the token."""
        token = self.tokens["access_token"]
        if self.dpop:
            return self.dpop.shown("POST", self.url(path), token)
        return {"Authorization": f"Bearer {token}"}

    def nonce(self):
        answer = requests.post(self.url("/vci/nonce"), timeout=20)
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
        return answer.json()["c_nonce"]

    def proof(self, nonce, /, key=None, signer=None, header=None, alg="ES256", **changes):
        key = key or jwt_tools.ec_key()
        header = {"alg": alg, "typ": "openid4vci-proof+jwt", "jwk": jwt_tools.public_jwk(key),
                  **(header or {})}
        claims = {"aud": self.gateway.url, "iat": int(time.time()), "nonce": nonce, **changes}
        return jwt_tools.sign(
            signer or key, {name: value for name, value in header.items() if value is not None},
            {name: value for name, value in claims.items() if value is not None}, alg)

    def ask(self, what="pid", proofs=1, **changes):
        """POST /vci/credential; what: a configuration, or with a / in it an identifier; proofs: a
        number, or what stands there."""
        if isinstance(proofs, int):
            nonce = self.nonce()
            proofs = {"jwt": [self.proof(nonce) for _ in range(proofs)]}
        name = "credential_identifier" if "/" in what else "credential_configuration_id"
        body = {name: what, "proofs": proofs, **changes}
        return requests.post(
            self.url("/vci/credential"), timeout=20, headers=self.shown("/vci/credential"),
            json={name: value for name, value in body.items() if value is not None})

    def fetch(self, what="pid", proofs=1):
        answer = self.ask(what, proofs)
        assert answer.status_code == 200, answer.text
        self.notification_id = answer.json()["notification_id"]
        return [Credential(one["credential"]) for one in answer.json()["credentials"]]

    def notify(self, **changes):
        body = {"notification_id": self.notification_id, "event": "credential_accepted", **changes}
        return requests.post(self.url("/vci/notification"), json=body, timeout=20,
                             headers=self.shown("/vci/notification"))


def offered(gateway, *words, **more):
    """(wallet with a token, its offer) for a person."""
    made = gateway.dvara("person", "offer", *words)
    wallet = Wallet(gateway, **more)
    offer = wallet.offer(made["credential_offer_uri"])
    answer = wallet.redeem(offer, made["tx_code"])
    assert answer.status_code == 200, answer.text
    return wallet


def presenter(wallet):
    """A wallet for logins with a credential that was fetched just now."""
    holder = vp_wallet.Wallet(None, None)
    answer = wallet.ask("pid", {"jwt": [wallet.proof(wallet.nonce(), holder.key)]})
    assert answer.status_code == 200, answer.text
    holder.credential = Credential(answer.json()["credentials"][0]["credential"])
    return holder


def present(browser, holder, answer, status=200):
    """From the answer of /authorize on: the login with the holder's credential, which the gateway
    answers so; the page after it."""
    page = wallet_page(browser, answer)
    told = shown(holder, holder.request(page.ids["wallet-link"]["href"]))
    assert told.status_code == status, told.text
    return gone_on(browser, browser.get(told.json()["redirect_uri"])) if status == 200 else None


def present_over_qr(browser, holder, answer):
    """The same across devices."""
    page = wallet_page(browser, answer)
    told = shown(holder, holder.request(page.ids["wallet-qr"]["data-uri"]))
    phone = Browser(browser.gateway).get(told.json()["redirect_uri"])
    number = re.search(r'id="confirm-code"[^>]*>\D*(\d{2})', phone.text)[1]
    form = page.form_of("wallet-form")
    fields = [pair for pair in form.fields if pair[0] != "code"] + [("code", number)]
    return gone_on(browser, browser.post(form.action, fields))


def wallet_page(browser, answer):
    chooser = browser.get(answer.headers["Location"])
    return Page(browser.get(Page(chooser.text).ids["login-wallet"]["href"]).text)


def shown(holder, request):
    credential, *disclosures = holder.credential.text[:-1].split("~")
    number = [one for one in disclosures
              if json.loads(jwt_tools.b64u_open(one))[1] == "personal_number"]
    return holder.send(request, credential="~".join([credential, *number]) + "~")


def gone_on(browser, answer):
    while answer.status_code == 303 and answer.headers["Location"].startswith(("/", "http://127.")):
        answer = browser.get(answer.headers["Location"])
    return answer


def is_revoked(gateway, credential):
    """What the status list says, read as a verifier does."""
    answer = requests.get(credential.place["uri"], timeout=20)
    assert answer.status_code == 200, answer.text
    claims = jwt_tools.payload_of(answer.text)
    assert claims["sub"] == credential.place["uri"]
    bits = zlib.decompress(jwt_tools.b64u_open(claims["status_list"]["lst"]))
    index = credential.place["idx"]
    return bool(bits[index // 8] >> (index % 8) & 1)
