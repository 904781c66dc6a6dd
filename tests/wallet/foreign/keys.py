# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and JOSE on the cryptography package alone."""
import base64
import datetime
import hashlib
import json
import os
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature, encode_dss_signature)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.x509.oid import NameOID

ES256 = ec.ECDSA(hashes.SHA256())


def b64u(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64u(text):
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(text):
    return b64u(hashlib.sha256(text.encode()).digest())


def dump(value):
    return b64u(json.dumps(value).encode())


def new_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def public_jwk(key):
    numbers = (key.public_key() if hasattr(key, "public_key") else key).public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": b64u(numbers.x.to_bytes(32, "big")),
            "y": b64u(numbers.y.to_bytes(32, "big"))}


def load_jwk(jwk):
    assert jwk["kty"] == "EC" and jwk["crv"] == "P-256" and "d" not in jwk
    x, y = (int.from_bytes(unb64u(jwk[name]), "big") for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def sign(header, payload, key):
    text = dump({"alg": "ES256", **header}) + "." + dump(payload)
    r, s = decode_dss_signature(key.sign(text.encode(), ES256))
    return text + "." + b64u(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def read(token):
    """Header and payload, unverified."""
    header, payload, _ = token.split(".")
    return json.loads(unb64u(header)), json.loads(unb64u(payload))


def verify(token, key):
    signature = unb64u(token.split(".")[2])
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), token.rpartition(".")[0].encode(), ES256)
    header, payload = read(token)
    assert header["alg"] == "ES256"
    return header, payload


def decrypt(jwe, key):
    """RFC 7516 compact, ECDH-ES (RFC 7518 section 4.6) with AES-GCM."""
    head, wrapped, iv, text, tag = jwe.split(".")
    header = json.loads(unb64u(head))
    assert wrapped == "" and header["alg"] == "ECDH-ES" and "zip" not in header
    n_bytes = {"A128GCM": 16, "A256GCM": 32}[header["enc"]]
    secret = key.exchange(ec.ECDH(), load_jwk(header["epk"]))
    parts = [header["enc"].encode(), unb64u(header.get("apu", "")), unb64u(header.get("apv", ""))]
    info = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    info += struct.pack(">I", n_bytes * 8)
    cek = ConcatKDFHash(hashes.SHA256(), n_bytes, info).derive(secret)
    plain = AESGCM(cek).decrypt(unb64u(iv), unb64u(text) + unb64u(tag), head.encode())
    return header, json.loads(plain)


class Authority:
    """An authority, and the leaves it signs."""

    def __init__(self, name, parent=None):
        self.key = new_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (parent or self)._build(self.name, self.key.public_key(), ca=True)

    def authority(self, name):
        return Authority(name, self)

    def _build(self, subject, public_key, ca=False, days=(-1, 30), names=(), usage=True):
        now = datetime.datetime.utcnow()
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
            .public_key(public_key).serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
            .add_extension(x509.KeyUsage(usage and not ca, not usage, False, False, False, ca,
                                         ca, False, False), True))
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        return builder.sign(self.key, hashes.SHA256())

    def leaf(self, name, **options):
        key = options.pop("key", None) or new_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KH"),
                             x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return Leaf(key, self._build(subject, key.public_key(), **options))

    def key_id(self):
        return b64u(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest)

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class Leaf:
    def __init__(self, key, certificate):
        self.key, self.certificate = key, certificate
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.x5c = [base64.b64encode(self.der).decode()]
        self.hash = b64u(hashlib.sha256(self.der).digest())


def anchor_x5c(authority):
    der = authority.certificate.public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


def random_text(n_bytes=24):
    return b64u(os.urandom(n_bytes))
