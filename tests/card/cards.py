# SPDX-License-Identifier: Apache-2.0
"""Identity cards for tests: an authority, cards of it, what it says of them (OCSP, CRL), and the
tokens that Web eID makes with them.  Each key stays at hand, so that wrong ones can be made."""

import base64
import contextlib
import datetime
import hashlib
import http.server
import math
import secrets
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def ec_key(curve=None):
    return ec.generate_private_key(curve or ec.SECP384R1())


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def weak_rsa_key():
    """One whose primes can be found (CVE-2017-15361): p = k * M + (65537 ** a mod M), M the product of
    the first 126 primes, as the library of those cards made them for 2048 bits."""
    product = math.prod([n for n in range(2, 702) if all(n % i for i in range(2, n))])
    p, q = weak_prime(product), weak_prime(product)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def weak_prime(product):
    while True:
        k = secrets.randbelow(2 ** 1023 // product) + 2 ** 1023 // product + 1
        p = k * product + pow(65537, secrets.randbelow(product), product)
        if p.bit_length() == 1024 and p >> 1022 == 3 and pow(3, p - 1, p) == 1:
            return p


def key_pem(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def usage(*names):
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in names for name in every})


class Authority:
    def __init__(self, name="Cards of the kingdom", begins=-DAY, ends=3650 * DAY, parent=None):
        self.key = ec_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KH"),
                               x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (parent or self)._build(
            self.name, self.key.public_key(), begins, ends
        ).add_extension(x509.BasicConstraints(True, None), True).add_extension(
            usage("key_cert_sign", "crl_sign", "digital_signature"), True
        ).sign((parent or self).key, hashes.SHA384())
        self.pem = self.certificate.public_bytes(PEM)
        self.ocsp_url = self.crl_url = None

    def _build(self, subject, public_key, begins, ends):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                .public_key(public_key).serial_number(x509.random_serial_number())
                .not_valid_before(now + begins).not_valid_after(now + ends)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False))

    def issue(self, public_key, number, name="SOK,SOPHEA", **wish):
        """The certificate of a card.  Wishes: begins, ends, usage, extended (None: no extension),
        policy, attributes (more of the subject), signed_with (a hash)."""
        subject = [x509.NameAttribute(NameOID.COUNTRY_NAME, "KH"),
                   x509.NameAttribute(NameOID.COMMON_NAME, f"{name},{number}")]
        if number is not None:
            subject.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
        subject += wish.get("attributes", [])
        builder = self._build(x509.Name(subject), public_key, wish.get("begins", -DAY),
                              wish.get("ends", 1000 * DAY))
        builder = builder.add_extension(x509.BasicConstraints(False, None), True)
        if wish.get("usage", "digital_signature"):
            builder = builder.add_extension(usage(wish.get("usage", "digital_signature")), True)
        extended = wish.get("extended", ExtendedKeyUsageOID.CLIENT_AUTH)
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), False)
        if "policy" in wish:
            builder = builder.add_extension(x509.CertificatePolicies(
                [x509.PolicyInformation(x509.ObjectIdentifier(wish["policy"]), None)]), False)
        for extension in self._places(wish):
            builder = builder.add_extension(extension, False)
        return builder.sign(self.key, wish.get("signed_with", hashes.SHA384()))

    def _places(self, wish):
        ocsp_url, crl_url = wish.get("ocsp_url", self.ocsp_url), wish.get("crl_url", self.crl_url)
        if ocsp_url:
            yield x509.AuthorityInformationAccess([x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier(ocsp_url))])
        if crl_url:
            yield x509.CRLDistributionPoints([x509.DistributionPoint(
                [x509.UniformResourceIdentifier(crl_url)], None, None, None)])

    def card(self, number, key=None, **wish):
        key = key or ec_key()
        return Card(key, self.issue(key.public_key(), number, **wish))


class Card:
    """A key, or what signs a digest with one, and its certificate."""

    def __init__(self, key, certificate):
        self.key, self.certificate = key, certificate

    @property
    def pem(self):
        return key_pem(self.key) + self.certificate.public_bytes(PEM)

    def usual_algorithm(self):
        public = self.certificate.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            return "RS256"
        return {256: "ES256", 384: "ES384", 521: "ES512"}[public.curve.key_size]

    def sign(self, algorithm, signed):
        """As JWS has signatures: ECDSA is r and s side by side."""
        hash_ = HASHES[algorithm[2:]]
        if algorithm.startswith("RS"):
            return self.key.sign(signed, padding.PKCS1v15(), hash_)
        if algorithm.startswith("PS"):
            return self.key.sign(
                signed, padding.PSS(padding.MGF1(hash_), hash_.digest_size), hash_)
        r, s = utils.decode_dss_signature(self.key.sign(signed, ec.ECDSA(hash_)))
        size = (self.key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def token(self, origin, nonce, algorithm=None, **changes):
        """A Web eID authentication token; None leaves a member out."""
        algorithm = algorithm or self.usual_algorithm()
        digest = getattr(hashlib, "sha" + algorithm[2:])
        signed = digest(origin.encode()).digest() + digest(nonce.encode()).digest()
        token = {
            "unverifiedCertificate":
                base64.b64encode(self.certificate.public_bytes(DER)).decode(),
            "algorithm": algorithm,
            "signature": base64.b64encode(self.sign(algorithm, signed)).decode(),
            "format": "web-eid:1.0",
            "appVersion": "https://web-eid.eu/web-eid-app/releases/v2.0.0",
            **changes}
        return {name: value for name, value in token.items() if value is not None}


class Office:
    """Where an authority tells how its cards stand: POST /ocsp, GET /crl, on loopback.

    revoked: serial numbers and the reason for each, None: not said.  The rest is what is to be
    wrong with an answer.
    """

    def __init__(self, authority):
        self.authority, self.revoked, self.asked = authority, {}, []
        self.reset()

    def reset(self):
        self.is_away = False
        self.status = self.about = self.second = self.certificates = self.signer = None
        self.unknown, self.has_nonce = False, True
        self.this_update, self.next_update = -MINUTE / 2, None
        self.crl_next, self.crl_this, self.crl_key = DAY, -MINUTE, None
        self.spoil = lambda answer: answer

    def __enter__(self):
        office = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                office.asked.append("ocsp")
                self.answer("application/ocsp-response", lambda: office.ocsp(body))

            def do_GET(self):
                office.asked.append("crl")
                self.answer("application/pkix-crl", office.crl)

            def answer(self, content_type, make):
                if office.is_away:
                    self.send_error(503)
                    return
                body = office.spoil(make())
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.authority.ocsp_url, self.authority.crl_url = f"{self.url}/ocsp", f"{self.url}/crl"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @contextlib.contextmanager
    def but(self, **wrong):
        """Meanwhile the answers are wrong in one way."""
        for name, value in wrong.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        try:
            yield
        finally:
            self.reset()

    def ocsp(self, body):
        request = ocsp.load_der_ocsp_request(body)
        if self.status is not None:
            return ocsp.OCSPResponseBuilder.build_unsuccessful(self.status).public_bytes(DER)
        authority, now = self.authority, datetime.datetime.utcnow()
        serial = request.serial_number
        state, revoked_at, reason = ocsp.OCSPCertStatus.GOOD, None, None
        if serial in self.revoked:
            state, revoked_at = ocsp.OCSPCertStatus.REVOKED, now - DAY
            reason = self.revoked[serial]
        if self.unknown:
            state, revoked_at, reason = ocsp.OCSPCertStatus.UNKNOWN, None, None
        certificate = self.about or Named(serial, authority)
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate.certificate, authority.certificate, hashes.SHA1(), state,
            now + self.this_update, self.next_update and now + self.next_update,
            revoked_at, reason)
        signer = self.signer or authority
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        certificates = self.certificates
        if certificates is None and signer is not authority:
            certificates = [signer.certificate]
        if certificates:
            builder = builder.certificates(certificates)
        if self.has_nonce:
            for extension in request.extensions:
                if isinstance(extension.value, x509.OCSPNonce):
                    nonce = extension.value.nonce
                    if self.has_nonce == "other":
                        nonce = bytes(len(nonce))
                    builder = builder.add_extension(x509.OCSPNonce(nonce), False)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(DER)

    def crl(self):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.authority.name)
                   .last_update(now + self.crl_this).next_update(now + self.crl_next))
        for serial, reason in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.crl_key or self.authority.key, hashes.SHA384()).public_bytes(DER)


class Named:
    """A certificate of the authority with that serial number: OCSP looks at nothing else of it."""

    def __init__(self, serial, authority):
        now = datetime.datetime.utcnow()
        self.certificate = (
            x509.CertificateBuilder().subject_name(authority.name).issuer_name(authority.name)
            .public_key(authority.key.public_key()).serial_number(serial)
            .not_valid_before(now).not_valid_after(now + DAY)
            .sign(authority.key, hashes.SHA384()))
