# SPDX-License-Identifier: Apache-2.0
"""A throw-away public key infrastructure: every authority, certificate and key of the demo."""
import base64
import datetime
import hashlib
import ipaddress
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .place import HOST

DAYS = 365
PEM = serialization.Encoding.PEM


def make(place):
    """The files of DIR/pki:

    verifiers.pem, issuers.pem        authorities of who asks wallets, of who issues credentials
    services.key                      who signs the manifests of services
    verifier.pem, issuer.pem (.key)   the gateway as the one and as the other
    tls-ca.pem, tls.pem (.key)        with --tls: the authority and the server's certificate
    client-ca.pem (.key)              with --tls: the authority of clients' certificates
    """
    verifiers = Authority("Dvara demo authority of verifiers")
    issuers = Authority("Dvara demo authority of credential issuers")
    place.write("pki/services.key", key_pem(new_key()))
    place.write("pki/verifiers.pem", verifiers.pem)
    place.write("pki/issuers.pem", issuers.pem)
    _leaf(place, "verifier", verifiers, "Dvara demo", _names(place))
    _leaf(place, "issuer", issuers, "Dvara demo register", _names(place))
    if place.tls:
        authority = Authority("Dvara demo authority of servers")
        place.write("pki/tls-ca.pem", authority.pem, 0o644)
        _leaf(place, "tls", authority, "Dvara demo server", _names(place), server=True)
        clients = Authority("Dvara demo authority of clients")
        place.write("pki/client-ca.pem", clients.pem, 0o644)
        place.write("pki/client-ca.key", key_pem(clients.key))


def _names(place):
    return [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST)),
            x509.UniformResourceIdentifier(place.issuer)]


def _leaf(place, name, authority, common_name, names, server=False):
    key = new_key()
    place.write(f"pki/{name}.key", key_pem(key))
    place.write(f"pki/{name}.pem", authority.sign(key.public_key(), common_name, names, server))


class Authority:
    """An authority; its key is forgotten when everything is signed, but that of clients'."""

    def __init__(self, common_name):
        self.key = new_key()
        self.name = _name(common_name)
        self.pem = self._build(self.name, self.key.public_key(), ca=True) \
            .sign(self.key, hashes.SHA256()).public_bytes(PEM)

    def sign(self, public_key, common_name, names, server):
        builder = self._build(_name(common_name), public_key, ca=False) \
            .add_extension(x509.SubjectAlternativeName(names), False)
        if server:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(usage, False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(PEM)

    def _build(self, subject, public_key, ca):
        now = datetime.datetime.utcnow()
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
            .public_key(public_key).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=DAYS))
            .add_extension(x509.BasicConstraints(ca, 0 if ca else None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
            .add_extension(
                key_usage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca), True))


def key_usage(**uses):
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{use: uses.get(use, False) for use in every})


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KH"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def new_jwk(use, alg):
    """A private JWK (P-256), named by its thumbprint (RFC 7638). Not by Authlib, which cuts leading
    zeros off the coordinates (RFC 7518 section 6.2.1.2 wants them)."""
    key = new_key().private_numbers()
    point = key.public_numbers
    named = {"crv": "P-256", "kty": "EC", "x": _b64u32(point.x), "y": _b64u32(point.y)}
    canonical = json.dumps(named, separators=(",", ":"))
    kid = _b64u(hashlib.sha256(canonical.encode()).digest())
    return {**named, "d": _b64u32(key.private_value), "use": use, "alg": alg, "kid": kid}


def _b64u32(number):
    return _b64u(number.to_bytes(32, "big"))


def _b64u(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def public_jwk(jwk):
    return {name: value for name, value in jwk.items() if name != "d"}
