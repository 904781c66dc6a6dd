# SPDX-License-Identifier: Apache-2.0
"""Identity cards of the personas: a file each, key and certificate, and what Web eID does with it."""
import base64
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import people, pki
from .fault import Stop

AUTHORITY = "demo"
KIND = "PNOKH-"  # ETSI EN 319 412-1: a national number of Cambodia
REGISTER = "P-"


def make(place):
    """DIR/cards/NAME.pem, and DIR/pki/cards: the authority as the gateway's configuration has it."""
    authority = pki.Authority("Dvara demo authority of cards")
    place.write(f"pki/cards/{AUTHORITY}.pem", authority.pem, 0o644)
    place.write(f"pki/cards/{AUTHORITY}.key", pki.key_pem(authority.key))
    place.write(f"pki/cards/{AUTHORITY}.json", {
        "certificates_file": f"{AUTHORITY}.pem",
        "acr": "urn:dvara:loa:high",
        # Nobody answers for these cards: they live as long as the demo.
        "revocation": "none",
        "person": {"prefix": KIND, "key": REGISTER + "{value}"}})
    for person in people.load(place):
        key = ec.generate_private_key(ec.SECP384R1())
        certificate = _certificate(authority, key.public_key(), person)
        place.write(f"cards/{person['short_name']}.pem", pki.key_pem(key) + certificate)


def files(place):
    return {person["short_name"]: str(place / "cards" / f"{person['short_name']}.pem")
            for person in people.load(place)}


def authority_files(place):
    return {"certificate": str(place / f"pki/cards/{AUTHORITY}.pem"),
            "key": str(place / f"pki/cards/{AUTHORITY}.key")}


def _certificate(authority, public_key, person):
    number = KIND + person["register_key"].removeprefix(REGISTER)
    claims = person["claims"]
    given, family = (claims.get(f"{name}#en", claims.get(name, "-"))
                     for name in ("given_name", "family_name"))
    now = datetime.datetime.utcnow()
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in (
        (NameOID.COUNTRY_NAME, "KH"), (NameOID.COMMON_NAME, f"{family},{given},{number}"),
        (NameOID.SURNAME, family), (NameOID.GIVEN_NAME, given),
        (NameOID.SERIAL_NUMBER, number))])
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(authority.name)
        .public_key(public_key).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=pki.DAYS))
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(pki.key_usage(digital_signature=True), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False)
        .sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def web_eid_token(path, origin, nonce):
    """What the Web eID extension answers with: a signature over origin and nonce, by the card."""
    with open(path, "rb") as file:
        pem = file.read()
    try:
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Stop(f"{path} is no card: {error}") from None
    signed = hashlib.sha384(origin.encode()).digest() + hashlib.sha384(nonce.encode()).digest()
    numbers = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA384())))
    return {
        "unverifiedCertificate": _b64(certificate.public_bytes(serialization.Encoding.DER)),
        "algorithm": "ES384", "signature": _b64(b"".join(n.to_bytes(48, "big") for n in numbers)),
        "format": "web-eid:1.0", "appVersion": "https://dvara.example/demo"}


def _b64(octets):
    return base64.b64encode(octets).decode()
