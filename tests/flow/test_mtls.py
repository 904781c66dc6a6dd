# SPDX-License-Identifier: Apache-2.0
"""Cases C19 and D12: clients' TLS certificates (RFC 8705), by the header of a trusted proxy (RFC
9440) and by the gateway's own listener."""

import base64
import datetime
import ipaddress
import json
import os
import subprocess

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID as Use
from cryptography.x509.oid import NameOID

import jwt_tools
from browser import Browser
from conftest import ALL_SCOPES, client
from dpop import Proofs
from gateway import Gateway, free_port
from pki import DAY, PEM, Authority, key_pem
from relying_party import ASSERTION_TYPE, RelyingParty
from services import PERSONAS, gateway_with, plugin
from test_token import assert_refused

DER = serialization.Encoding.DER
DN = [(NameOID.COUNTRY_NAME, "KH"), (NameOID.ORGANIZATION_NAME, "Agency, of roads"),
      (NameOID.COMMON_NAME, "rp3")]
DN_TEXT = "CN=rp3,O=Agency\\, of roads,C=KH"


def name_of(parts):
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def certify(key, parts=None, authority=None, names=(), begins=-DAY, ends=300 * DAY, uses=()):
    """A client's certificate; without an authority, one of its own."""
    now = datetime.datetime.utcnow()
    subject = name_of(DN if parts is None else parts)
    builder = (
        x509.CertificateBuilder().subject_name(subject)
        .issuer_name(authority.name if authority else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now + begins).not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(False, None), True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), False)
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(uses)), False)
    return builder.sign(authority.key if authority else key, hashes.SHA256())


def item(certificate):
    """RFC 9440 section 2."""
    return f":{base64.b64encode(certificate.public_bytes(DER)).decode()}:"


def x5t(certificate):
    return jwt_tools.b64u(certificate.fingerprint(hashes.SHA256()))


class TlsParty(RelyingParty):
    """Proves itself by a certificate; the proxy's header stands for TLS."""

    def __init__(self, gateway, name, certificate, **metadata):
        self.certificate = certificate
        super().__init__(gateway, {
            "client_id": name, "client_name": name, "scope": ALL_SCOPES,
            "redirect_uris": [f"https://{name}.test/cb"],
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_certificate_bound_access_tokens": True, **metadata})

    def credentials(self, ahead_s=0):
        return self.shown(self.certificate)

    def shown(self, certificate, *chain):
        headers = {"Client-Cert": item(certificate)} if certificate else {}
        if chain:
            headers["Client-Cert-Chain"] = ", ".join(item(one) for one in chain)
        return {"client_id": self.id}, headers


@pytest.fixture(scope="module")
def authority():
    return Authority("Clients CA")


@pytest.fixture(scope="module")
def behind(tmp_path_factory, authority):
    """Behind a proxy that says who the callers are; by another name where they show certificates.
    """
    folder = tmp_path_factory.mktemp("mtls")
    (folder / "clients.pem").write_bytes(authority.pem)
    plugin(folder, "hostile")
    running = gateway_with(folder, "hostile", gateway__proxy_certificates="yes",
                           tls__client_anchors_file=folder / "clients.pem")
    running.settings["gateway.mtls_url"] = f"http://localhost:{running.port}"
    with running:
        running.apply("person", PERSONAS)
        yield running


@pytest.fixture
def browser(behind):
    return Browser(behind)


@pytest.fixture(scope="module")
def rp3(behind, authority):
    """mTLS, by the subject of its certificate."""
    key = jwt_tools.ec_key()
    return TlsParty(behind, "rp3", certify(key, authority=authority),
                    tls_client_auth_subject_dn=DN_TEXT, dvara_resources=["hostile"])


def assert_401(answer):
    assert_refused(answer, "invalid_client", 401)


def test_a_bound_token(behind, rp3, browser):
    """RFC 8705 sections 2.1 and 3.1."""
    tokens = rp3.tokens(browser)
    assert tokens["token_type"] == "Bearer"
    cnf = jwt_tools.payload_of(tokens["access_token"])["cnf"]
    assert cnf == {"x5t#S256": x5t(rp3.certificate)}


def test_c19_certificates_that_are_not_the_clients(rp3, authority, browser):
    code = rp3.code(browser)
    other_authority = Authority("Clients CA")
    key = jwt_tools.ec_key()
    wrong = {
        "none": None,
        "another client's": certify(key, [(NameOID.COMMON_NAME, "rp2")], authority),
        "self-signed, same name": certify(key),
        "expired": certify(key, authority=authority, begins=-2 * DAY, ends=-DAY),
        "not valid yet": certify(key, authority=authority, begins=DAY),
        "of another authority": certify(key, authority=other_authority),
        "the parts in another order": certify(key, list(reversed(DN)), authority),
        "another escaping": certify(key, [*DN[:1], (NameOID.ORGANIZATION_NAME, "Agency\\, of roads"),
                                          DN[2]], authority),
        "a part more": certify(key, [*DN, (NameOID.COMMON_NAME, "x")], authority),
        "a part less": certify(key, DN[:2], authority),
        "no subject": certify(key, [], authority),
        "a server's": certify(key, authority=authority, uses=[Use.SERVER_AUTH]),
        "the authority itself": authority.certificate}
    for name, certificate in wrong.items():
        answer = rp3.token(code, rp3.shown(certificate))
        assert answer.status_code == 401, name
        assert_401(answer)
    assert rp3.token(code).status_code == 200


def test_c19_certificates_for_clients(rp3, authority, browser):
    """Extended key usage, where there is one (RFC 5280 section 4.2.1.12)."""
    key, code = jwt_tools.ec_key(), rp3.code(browser)
    others = certify(key, authority=authority, uses=[Use.CODE_SIGNING, Use.OCSP_SIGNING])
    assert_401(rp3.token(code, rp3.shown(others)))
    for uses in ([Use.SERVER_AUTH, Use.CLIENT_AUTH], [Use.ANY_EXTENDED_KEY_USAGE]):
        shown = rp3.shown(certify(key, authority=authority, uses=uses))
        assert rp3.token(rp3.code(browser), shown).status_code == 200


def test_c19_another_method_than_registered(behind, rp3, browser):
    """A certificate that is right does not help where a secret is asked for, nor the reverse."""
    leg = RelyingParty(behind, {"client_id": "mleg", "redirect_uris": ["https://mleg.test/cb"]})
    code = leg.code(browser)
    assert_401(leg.token(code, ({"client_id": "mleg"}, rp3.credentials()[1])))
    assert leg.token(code).status_code == 200
    code = rp3.code(browser)
    assert_401(rp3.token(code, ({"client_id": "rp3", "client_secret": "x" * 20}, {})))
    assert_401(rp3.token(code, ({"client_id": "rp3", "client_secret": "x" * 20},
                                rp3.credentials()[1])))
    assert rp3.token(code).status_code == 200


def test_c19_an_authority_in_between(behind, authority, browser):
    between = Authority("In between")
    between.certificate = authority.sign(between.key, "In between", is_ca=True)
    leaf = certify(jwt_tools.ec_key(), authority=between)
    party = TlsParty(behind, "rp3chain", leaf, tls_client_auth_subject_dn=DN_TEXT)
    code = party.code(browser)
    assert_401(party.token(code))
    assert_401(party.token(code, party.shown(leaf, Authority("In between").certificate)))
    answer = party.token(code, party.shown(leaf, between.certificate, authority.certificate))
    assert answer.status_code == 200, answer.text


SANS = [("dns", "rp3.example", x509.DNSName("rp3.example"), x509.DNSName("x.rp3.example")),
        ("dns", "RP3.example", x509.DNSName("rp3.EXAMPLE"), x509.DNSName("*.example")),
        ("uri", "urn:x:rp3", x509.UniformResourceIdentifier("urn:x:rp3"),
         x509.UniformResourceIdentifier("urn:x:rp33")),
        ("ip", "192.0.2.7", x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
         x509.DNSName("192.0.2.7")),
        ("ip", "2001:db8:0::7", x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
         x509.IPAddress(ipaddress.ip_address("2001:db8::8"))),
        ("email", "rp3@rp3.example", x509.RFC822Name("rp3@rp3.example"),
         x509.UniformResourceIdentifier("rp3@rp3.example"))]


@pytest.mark.parametrize("n, kind, text, right, wrong", [(n, *row) for n, row in enumerate(SANS)])
def test_c19_alternative_names(behind, authority, browser, n, kind, text, right, wrong):
    key = jwt_tools.ec_key()
    good = certify(key, authority=authority, names=[x509.DNSName("first.example"), right])
    party = TlsParty(behind, f"rp3san{n}", good, **{f"tls_client_auth_san_{kind}": text})
    code = party.code(browser)
    assert_401(party.token(code, party.shown(certify(key, authority=authority, names=[wrong]))))
    assert_401(party.token(code, party.shown(certify(key, authority=authority))))
    by_name = certify(key, [(NameOID.COMMON_NAME, text)], authority)
    assert_401(party.token(code, party.shown(by_name)))
    assert party.token(code).status_code == 200


def self_signed(behind, name, key, certificate, **more):
    jwk = {**jwt_tools.public_jwk(key, "k"),
           "x5c": [base64.b64encode(certificate.public_bytes(DER)).decode()]}
    return TlsParty(behind, name, certificate, jwks={"keys": [jwk]},
                    token_endpoint_auth_method="self_signed_tls_client_auth", **more)


def test_c19_self_signed(behind, authority, browser):
    """RFC 8705 section 2.2."""
    key = jwt_tools.ec_key()
    party = self_signed(behind, "rp3self", key, certify(key))
    code = party.code(browser)
    for wrong in (None, certify(key), certify(jwt_tools.ec_key()),
                  certify(key, authority=authority)):
        assert_401(party.token(code, party.shown(wrong)))
    assert party.token(code).status_code == 200
    old = certify(key, begins=-2 * DAY, ends=-DAY)
    party = self_signed(behind, "rp3old", key, old)
    assert_401(party.token(party.code(browser)))


def test_c19_registrations_that_are_refused(behind, authority):
    key, other = jwt_tools.ec_key(), jwt_tools.ec_key()
    path = behind.folder / "client.json"

    def refused(member, **metadata):
        path.write_text(json.dumps({
            "client_id": "rp3bad", "redirect_uris": ["https://rp3bad.test/cb"], **metadata}))
        behind.dvara("client", "apply", path, expect=1)

    tls = {"token_endpoint_auth_method": "tls_client_auth"}
    refused("a name", **tls)
    refused("one name", **tls, tls_client_auth_subject_dn="CN=x", tls_client_auth_san_dns="x")
    self_method = {"token_endpoint_auth_method": "self_signed_tls_client_auth"}
    refused("jwks", **self_method)
    refused("x5c", **self_method, jwks={"keys": [jwt_tools.public_jwk(key)]})
    for text in ("AAAA", "*", base64.b64encode(certify(other).public_bytes(DER)).decode()):
        refused("x5c", **self_method, jwks={"keys": [{**jwt_tools.public_jwk(key), "x5c": [text]}]})
    assert self_signed(behind, "rp3good", key, certify(key)).id == "rp3good"


def userinfo(gateway, token, certificate=None, base=None, **headers):
    if certificate:
        headers["Client-Cert"] = item(certificate)
    return requests.get(f"{base or gateway.url}/userinfo", timeout=20,
                        headers={"Authorization": f"Bearer {token}", **headers})


def test_d12_a_bound_token_at_a_resource(behind, rp3, authority, browser):
    token = rp3.tokens(browser)["access_token"]
    twin = certify(jwt_tools.ec_key(), authority=authority)
    for certificate in (None, twin):
        answer = userinfo(behind, token, certificate)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "certificate" in answer.json()["error_description"]
    assert userinfo(behind, token, rp3.certificate).status_code == 200
    mtls = behind.settings["gateway.mtls_url"]
    assert userinfo(behind, token, rp3.certificate, base=mtls).status_code == 200


def test_d12_at_a_service(behind, rp3, authority, browser):
    """The gateway says on which certificate a call came; the service's host looks again."""
    resource = f"{behind.url}/services/hostile"
    token = rp3.tokens(browser, resource=resource)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for certificate in (None, certify(jwt_tools.ec_key(), authority=authority)):
        shown = {"Client-Cert": item(certificate)} if certificate else {}
        answer = requests.get(f"{resource}/good", headers={**headers, **shown}, timeout=20)
        assert answer.status_code == 401, answer.text
    answer = requests.get(f"{resource}/good", timeout=20,
                          headers={**headers, "Client-Cert": item(rp3.certificate)})
    assert answer.status_code == 200, answer.text


def test_c13_the_alias_is_an_address_of_ours(behind):
    """RFC 8705 section 5; twin: the same address elsewhere."""
    party = client(behind, "aliased", jwt_tools.ec_key())
    for base, error in ((behind.settings["gateway.mtls_url"], ("invalid_grant",)),
                        ("https://evil.test", ("invalid_client", 401))):
        shown = {"client_assertion": party.assertion(aud=f"{base}/token"),
                 "client_assertion_type": ASSERTION_TYPE}
        assert_refused(party.token("x", (shown, {})), *error)


def test_d11_a_fapi2_client_by_certificate(behind, authority):
    """Bound by its certificate instead of DPoP; without one there is no token."""
    key = jwt_tools.ec_key()
    party = RelyingParty(behind, {
        "client_id": "mfapi", "redirect_uris": ["https://mfapi.test/cb"],
        "dvara_profile": "fapi2", "tls_client_certificate_bound_access_tokens": True}, key)
    assert not party.stored.get("dpop_bound_access_tokens")
    assert_refused(party.token("x"), "invalid_request")
    shown = {"Client-Cert": item(certify(jwt_tools.ec_key()))}
    assert_refused(party.token("x", headers=shown), "invalid_grant")


def test_both_bindings_at_once(behind, authority, browser):
    """A certificate and a DPoP key: each is asked for."""
    certificate, proofs = certify(jwt_tools.ec_key(), authority=authority), Proofs()
    party = TlsParty(behind, "rp3both", certificate, tls_client_auth_subject_dn=DN_TEXT,
                     dpop_bound_access_tokens=True)
    code = party.code(browser)
    assert_refused(party.token(code), "invalid_dpop_proof")
    answer = party.token(code, headers=proofs.header("POST", f"{behind.url}/token"))
    token = answer.json()["access_token"]
    assert jwt_tools.payload_of(token)["cnf"] == {"jkt": proofs.jkt, "x5t#S256": x5t(certificate)}
    url = f"{behind.url}/userinfo"
    shown = proofs.shown("GET", url, token)
    assert requests.get(url, headers=shown, timeout=20).status_code == 401
    shown = proofs.shown("GET", url, token)
    answer = requests.get(url, timeout=20, headers={**shown, "Client-Cert": item(certificate)})
    assert answer.status_code == 200, answer.text


def test_the_alias_is_an_address_of_ours(behind, rp3, authority, browser):
    """A DPoP proof names the address that was called."""
    mtls, proofs = behind.settings["gateway.mtls_url"], Proofs()
    form, headers = rp3.credentials()

    def ask(htu):
        code = rp3.code(browser)
        return requests.post(f"{mtls}/token", timeout=20, data={
            **form, "grant_type": "authorization_code", "code": code,
            "redirect_uri": rp3.redirect_uri, "code_verifier": rp3.verifier},
            headers={**headers, **proofs.header("POST", htu)})

    assert_refused(ask(f"{behind.url}/token"), "invalid_dpop_proof")
    assert ask(f"{mtls}/token").status_code == 200


@pytest.mark.parametrize("value", [
    "x", ":", "::", ":*:", ":AAAA", "AAAA:", ":AAA:", ":AAAA:;a=b", ":AAAA:, :AAAA:", "\"AAAA\"",
    ":" + "A" * 12000 + "="])
def test_headers_of_a_proxy_that_is_set_up_wrongly(behind, rp3, browser, value):
    code = rp3.code(browser)
    answer = rp3.token(code, ({"client_id": rp3.id}, {"Client-Cert": value}))
    assert answer.status_code == 400, answer.text
    assert "Client-Cert" in answer.text
    assert rp3.token(code).status_code == 200


def test_bytes_that_are_no_certificate(rp3, browser):
    code = rp3.code(browser)
    for value in (":AAAA:", item(rp3.certificate)[:-1] + "AAA=:"):
        answer = rp3.token(code, ({"client_id": rp3.id}, {"Client-Cert": value}))
        assert answer.status_code in (400, 401), answer.text
    assert rp3.token(code).status_code == 200


@pytest.mark.parametrize("settings", [
    {"gateway.trusted_proxies": "192.0.2.1", "gateway.proxy_certificates": "yes"},
    {"gateway.trusted_proxies": "127.0.0.1"}])
def test_a_header_that_nobody_trusts(tmp_path, authority, settings):
    """Of a caller that is no proxy of ours, or of a proxy that passes on what callers forge."""
    (tmp_path / "clients.pem").write_bytes(authority.pem)
    with Gateway(tmp_path, {**settings, "tls.client_anchors_file": tmp_path / "clients.pem"}) as one:
        one.apply("person", PERSONAS)
        party = TlsParty(one, "rp3", certify(jwt_tools.ec_key(), authority=authority),
                         tls_client_auth_subject_dn=DN_TEXT)
        browser = Browser(one)
        code = party.code(browser)
        assert_401(party.token(code))
        assert_401(party.token(code, party.shown(None)))
        bound = RelyingParty(one, {
            "client_id": "bound", "redirect_uris": ["https://bound.test/cb"],
            "tls_client_certificate_bound_access_tokens": True})
        code = bound.code(browser)
        header = {"Client-Cert": item(party.certificate)}
        assert_refused(bound.token(code, headers=header), "invalid_request")
        document = requests.get(f"{one.url}/.well-known/openid-configuration", timeout=20).json()
        has = "gateway.proxy_certificates" in settings
        assert ("tls_client_auth" in document["token_endpoint_auth_methods_supported"]) is has
        assert document.get("tls_client_certificate_bound_access_tokens", False) is has
        assert "mtls_endpoint_aliases" not in document


def test_discovery(behind):
    document = requests.get(f"{behind.url}/.well-known/openid-configuration", timeout=20).json()
    methods = document["token_endpoint_auth_methods_supported"]
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)
    assert document["tls_client_certificate_bound_access_tokens"] is True
    mtls = behind.settings["gateway.mtls_url"]
    aliases = document["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"{mtls}/token"
    assert aliases["userinfo_endpoint"] == f"{mtls}/userinfo"
    assert "authorization_endpoint" not in aliases
    for name, url in aliases.items():
        assert url.removeprefix(mtls) == document[name].removeprefix(behind.url)


class TlsGateway(Gateway):
    """TLS by itself, and a second listener that asks for client certificates."""

    def __init__(self, folder, authority):
        super().__init__(folder)
        server, key = Authority("Server CA"), jwt_tools.ec_key()
        leaf = certify(key, [(NameOID.COMMON_NAME, "gateway")], server,
                       [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        for name, octets in (("ca", server.pem), ("server", leaf.public_bytes(PEM)),
                             ("key", key_pem(key)), ("clients", authority.pem)):
            (folder / f"{name}.pem").write_bytes(octets)
        self.url = f"https://127.0.0.1:{self.port}"
        self.mtls_url = f"https://127.0.0.1:{free_port()}"
        self.settings.update({
            "gateway.issuer": self.url, "gateway.mtls_url": self.mtls_url,
            "gateway.mtls_listen": self.mtls_url.removeprefix("https://"),
            "tls.certificate_file": folder / "server.pem", "tls.key_file": folder / "key.pem",
            "tls.client_anchors_file": folder / "clients.pem"})


@pytest.fixture(scope="module")
def own_tls(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("own")
    made = TlsGateway(folder, authority)
    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "ca.pem")
    try:
        with made as running:
            running.apply("person", PERSONAS)
            yield running
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


def pair(folder, name, key, *certificates):
    """Files for `cert=` of requests."""
    (folder / f"{name}.crt").write_bytes(b"".join(one.public_bytes(PEM) for one in certificates))
    (folder / f"{name}.key").write_bytes(key_pem(key))
    return str(folder / f"{name}.crt"), str(folder / f"{name}.key")


def test_our_own_listener(own_tls, authority, tmp_path):
    """The handshake proves the key; a chain may come with it."""
    between = Authority("In between")
    between.certificate = authority.sign(between.key, "In between", is_ca=True)
    key = jwt_tools.ec_key()
    leaf = certify(key, authority=between)
    party = TlsParty(own_tls, "rp3", leaf, tls_client_auth_subject_dn=DN_TEXT)
    browser = Browser(own_tls)
    mine = pair(tmp_path, "mine", key, leaf, between.certificate)
    other_key = jwt_tools.ec_key()
    others = [None, pair(tmp_path, "self", other_key, certify(other_key)),
              pair(tmp_path, "other", other_key, certify(
                  other_key, [(NameOID.COMMON_NAME, "rp2")], authority)),
              pair(tmp_path, "bare", key, leaf)]
    code = party.code(browser)

    def ask(certificate, base=own_tls.mtls_url, **headers):
        return requests.post(f"{base}/token", timeout=20, cert=certificate, headers=headers, data={
            "grant_type": "authorization_code", "client_id": "rp3", "code": code,
            "redirect_uri": party.redirect_uri, "code_verifier": party.verifier})

    for other in others:
        assert_401(ask(other))
    assert_401(ask(None, **{"Client-Cert": item(leaf)}))
    assert_401(ask(mine, own_tls.url))  # which does not ask for certificates
    answer = ask(mine)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    assert jwt_tools.payload_of(token)["cnf"] == {"x5t#S256": x5t(leaf)}

    def look(certificate, base=own_tls.mtls_url):
        return requests.get(f"{base}/userinfo", timeout=20, cert=certificate,
                            headers={"Authorization": f"Bearer {token}"}).status_code

    assert [look(other) for other in others[:3]] == [401, 401, 401]
    assert look(mine, own_tls.url) == 401
    assert look(mine) == 200


def test_our_own_listener_is_like_the_other(own_tls):
    document = requests.get(f"{own_tls.url}/.well-known/openid-configuration", timeout=20).json()
    assert document == requests.get(
        f"{own_tls.mtls_url}/.well-known/openid-configuration", timeout=20).json()
    assert document["mtls_endpoint_aliases"]["token_endpoint"] == f"{own_tls.mtls_url}/token"


@pytest.mark.parametrize("settings, word", [
    ({"gateway.proxy_certificates": "yes", "gateway.trusted_proxies": ""}, "trusted_proxies"),
    ({"gateway.mtls_listen": "127.0.0.1:1"}, "mtls_url"),
    ({"gateway.mtls_url": "http://mtls.example"}, "https"),
    ({"tls.client_anchors_file": "/nowhere.pem"}, "nowhere")])
def test_settings_that_do_not_fit(tmp_path, settings, word):
    one = Gateway(tmp_path, settings)
    one.config_write()
    done = subprocess.run([one.bin / "dvara", "serve", "--config", one.config], timeout=20,
                          capture_output=True, text=True, env=one.environment(), check=False)
    assert done.returncode == 1 and word in done.stderr, done.stderr
