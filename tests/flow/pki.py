# SPDX-License-Identifier: Apache-2.0
"""Authorities and certificates of a test: each key stays at hand, so that wrong ones can be made."""

import base64
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

import jwt_tools

PEM = serialization.Encoding.PEM
DAY = datetime.timedelta(days=1)


def key_pem(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    def __init__(self, name):
        self.key = jwt_tools.ec_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self.sign(self.key, name, is_ca=True)
        self.pem = self.certificate.public_bytes(PEM)

    def sign(self, key, name, is_ca=False, begins=-DAY, ends=300 * DAY, address=None,
             uri=None):
        """address: of a server, as its alternative name; uri: of an issuer of credentials."""
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + begins).not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(is_ca, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
            .add_extension(x509.KeyUsage(
                digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca,
                content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, encipher_only=False, decipher_only=False), True))
        if address is not None:
            made = made.add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(address))]), False)
        if uri is not None:
            made = made.add_extension(x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(uri)]), False)
        return made.sign(self.key, hashes.SHA256())


def x5c(*certificates):
    return [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()
            for one in certificates]
