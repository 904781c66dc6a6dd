# SPDX-License-Identifier: Apache-2.0
"""DPoP proofs (RFC 9449), good ones and every kind of bad one."""

import json
import secrets
import time

from cryptography.hazmat.primitives.asymmetric import rsa

import jwt_tools

LEAVE_OUT = None


class Proofs:
    """A key and what is proved with it."""

    def __init__(self, key=None):
        self.key = key or jwt_tools.ec_key()
        self.jwk = jwt_tools.public_jwk(self.key)
        self.jkt = jwt_tools.s256(
            json.dumps({name: self.jwk[name] for name in sorted(self.jwk)}, separators=(",", ":")))

    def make(self, method, url, token=None, header=None, key=None, alg="ES256", **changes):
        """A proof; a member that is None is left out."""
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url,
                  "iat": int(time.time()), "ath": jwt_tools.s256(token) if token else None,
                  **changes}
        claims = {name: value for name, value in claims.items() if value is not LEAVE_OUT}
        header = {"typ": "dpop+jwt", "alg": alg, "jwk": self.jwk, **(header or {})}
        header = {name: value for name, value in header.items() if value is not LEAVE_OUT}
        return jwt_tools.sign(key or self.key, header, claims, alg)

    def header(self, *words, **more):
        return {"DPoP": self.make(*words, **more)}

    def shown(self, method, url, token, **more):
        """The headers of a request to a resource."""
        return {"Authorization": f"DPoP {token}", "DPoP": self.make(method, url, token, **more)}


def alg_none(proof, alg):
    """The same proof, said to be of another algorithm."""
    header = {**jwt_tools.header_of(proof), "alg": alg}
    _, payload, signature = proof.split(".")
    head = jwt_tools.b64u(json.dumps(header).encode())
    return f"{head}.{payload}.{'' if alg == 'none' else signature}"


def small_rsa():
    """1024 bits: a key and its JWK."""
    key = rsa.generate_private_key(65537, 1024)
    numbers = key.public_key().public_numbers()
    return key, {"kty": "RSA", "n": jwt_tools.number(numbers.n, 128), "e": "AQAB"}


def bad(proofs, method, url, token=None):
    """name -> proof: D01, D02, D04, D05."""
    def make(**changes):
        return proofs.make(method, url, token, **changes)

    now = int(time.time())
    good = make()
    head, payload, _ = good.split(".")
    weak, weak_jwk = small_rsa()
    strong = jwt_tools.rsa_key()
    others = {
        "not a JWT": "x", "two parts": f"{head}.{payload}", "no signature": f"{head}.{payload}.",
        "a wrong signature": f"{head}.{payload}.{'A' * 86}",
        "two in one header": f"{good}, {good}",
        "another key's signature": make(key=jwt_tools.ec_key()),
        "alg none": alg_none(good, "none"), "alg HS256": alg_none(good, "HS256"),
        "RS256": make(key=strong, alg="RS256", header={"jwk": jwt_tools.public_jwk(strong)}),
        "RSA of 1024 bits": make(key=weak, alg="PS256", header={"jwk": weak_jwk}),
        "RSA with e = 1": make(header={"jwk": {**jwt_tools.public_jwk(strong), "e": "AQ"}}),
        "a private key": make(header={"jwk": {**proofs.jwk, "d": jwt_tools.b64u(b"d" * 32)}}),
        "a symmetric key": make(header={"jwk": {"kty": "oct", "k": "AAAA"}}),
        "no jwk but kid": make(header={"jwk": None, "kid": "k1"}),
        "a wrong typ": make(header={"typ": "JWT"}), "no typ": make(header={"typ": None}),
        "htm in lower case": make(htm=method.lower()), "htm PUT": make(htm="PUT"),
        "another path": make(htu=url + "x"), "another host": make(htu="https://evil.test/token"),
        "another scheme": make(htu="https" + url.removeprefix("http")),
        "a path within": make(htu=url + "/"), "relative": make(htu="/token"),
        "user information": make(htu=url.replace("://", "://a@")),
        "iat an hour ago": make(iat=now - 3600), "iat in an hour": make(iat=now + 3600),
        "iat in 61 s": make(iat=now + 61), "iat as text": make(iat=str(now)),
        "jti a number": make(jti=7), "jti empty": make(jti=""), "jti of 10 KB": make(jti="j" * 10000),
        "nonce a number": make(nonce=7)}
    missing = {f"no {name}": make(**{name: LEAVE_OUT}) for name in ("jti", "htm", "htu", "iat")}
    return {**others, **missing}


GOOD = {
    "htu with a query": lambda now, url: {"htu": url + "?a=b"},
    "htu with a fragment": lambda now, url: {"htu": url + "#f"},
    "an upper-case scheme": lambda now, url: {"htu": "HTTP" + url.removeprefix("http")},
    "more claims": lambda now, url: {"extra": {"a": [1]}, "exp": now + 60, "nbf": now},
    "iat 10 s ahead": lambda now, url: {"iat": now + 10},
    "iat 10 s ago": lambda now, url: {"iat": now - 10}}


def good(name, proofs, method, url, token=None, ahead_s=0):
    """What over-strict servers refuse (cases 2.0, D04, D05); ahead_s: of the gateway's clock."""
    now = int(time.time()) + ahead_s
    return proofs.make(method, url, token, **{"iat": now, **GOOD[name](now, url)})
