# SPDX-License-Identifier: Apache-2.0
"""JWTs made by hand, so that broken ones can be made too."""

import base64
import hashlib
import json

from authlib.jose import ECKey, JsonWebEncryption
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64u(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def b64u_open(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(n, size):
    return b64u(n.to_bytes(size, "big"))


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def public_jwk(key, kid=None):
    numbers = key.public_key().public_numbers()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        jwk = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
    else:
        jwk = {"kty": "RSA", "n": number(numbers.n, 256), "e": "AQAB"}
    if kid:
        jwk["kid"] = kid
    return jwk


def thumbprint(key):
    """RFC 7638, of an EC key."""
    return s256(json.dumps(public_jwk(key), separators=(",", ":"), sort_keys=True))


def usual_alg(key):
    return "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "PS256"


def signature(key, alg, signed):
    if alg == "ES256":
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if alg == "RS256":
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    if alg == "PS256":
        return key.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    raise ValueError(alg)


def text_of(part):
    """A header or payload: an object, or text to be taken as it is (duplicate members)."""
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def sign(key, header, payload, alg="ES256"):
    signed = b64u(text_of(header)) + "." + b64u(text_of(payload))
    return signed + "." + b64u(signature(key, alg, signed.encode()))


def payload_of(token):
    return json.loads(b64u_open(token.split(".")[1]))


def header_of(token):
    return json.loads(b64u_open(token.split(".")[0]))


def s256(text):
    return b64u(hashlib.sha256(text.encode()).digest())


def half_hash(text):
    return b64u(hashlib.sha256(text.encode()).digest()[:16])


def encrypt(header, octets, jwk):
    """By ECDH-ES.  authlib leaves leading zeros of a coordinate out, which RFC 7518 section 6.2.1.2
    forbids."""
    while True:
        jwe = JsonWebEncryption().serialize_compact(header, octets, ECKey.import_key(jwk)).decode()
        epk = header_of(jwe)["epk"]
        if len(epk["x"]) == len(epk["y"]) == 43:
            return jwe
