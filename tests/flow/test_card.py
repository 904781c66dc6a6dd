# SPDX-License-Identifier: Apache-2.0
"""Cases X: login by identity card.  Web eID tokens and TLS client certificates of cards that are
made for the test, with an authority that answers by OCSP and by revocation list."""

import base64
import hashlib
import json
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of

sys.path.insert(0, str(ROOT / "tests/card"))
import chips  # noqa: E402
from cards import DAY, MINUTE, PEM, Authority, Card, Office, ec_key, rsa_key, weak_rsa_key  # noqa: E402

SOPHEA, VANNAK, SIDI = "PNOKH-100001", "PNOKH-100002", "PNOKH-100009"
REGISTER = {"prefix": "PNOKH-", "key": "P-{value}"}
HIGH = "urn:dvara:loa:high"
HOUR = 60 * MINUTE


def authority_file(folder, name, authority, **terms):
    (folder / f"{name}.pem").write_bytes(authority.pem)
    (folder / f"{name}.json").write_text(json.dumps({
        "certificates_file": f"{name}.pem", "acr": HIGH, **terms}))


@pytest.fixture(scope="module")
def kingdom():
    return Authority()


@pytest.fixture(scope="module")
def office(kingdom):
    with Office(kingdom) as running:
        yield running


@pytest.fixture(scope="module")
def bureau():
    """The office of an authority that gives out lists and nothing else."""
    with Office(Authority("Cards by list")) as running:
        running.authority.ocsp_url = None
        yield running


@pytest.fixture(scope="module")
def others():
    """Authorities beside the kingdom's, by the name of their file."""
    return {"neighbour": Authority("Cards of a neighbour"), "expired": Authority(
        "Cards of long ago", begins=-30 * DAY, ends=-DAY),
        "future": Authority("Cards to come", begins=DAY), "strict": Authority("Strict cards"),
        "silent": Authority("Cards without a place to ask"),
        "hashed": Authority("Cards by hash")}


@pytest.fixture(scope="module")
def card_gateway(tmp_path_factory, kingdom, office, bureau, others):
    folder = tmp_path_factory.mktemp("card")
    files = folder / "cards"
    files.mkdir()
    authority_file(files, "kingdom", kingdom, person=REGISTER, revocation=["ocsp"])
    authority_file(files, "neighbour", others["neighbour"], revocation="none")
    authority_file(files, "expired", others["expired"], revocation="none", person=REGISTER)
    authority_file(files, "future", others["future"], revocation="none", person=REGISTER)
    authority_file(files, "strict", others["strict"], revocation="none", person=REGISTER,
                   policies={"allow": ["1.2.3.4"], "refuse": ["1.2.3.5"]})
    authority_file(files, "silent", others["silent"], person=REGISTER)
    authority_file(files, "listed", bureau.authority, person=REGISTER,
                   crl={"refresh_s": 0, "stale_s": 3600})
    authority_file(files, "hashed", others["hashed"], revocation="none",
                   person={"attribute": "2.5.4.97", "hash": True, "key": "H-{value}"})
    with Gateway(folder, {
            "login.methods": "wallet card", "card.folder": files, "card.standing": "1s",
            "gateway.loops": 1,  # each has lists of its own
            "outbound.allow": "127.0.0.0/8"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def browser(card_gateway):
    return Browser(card_gateway)


@pytest.fixture(scope="module")
def rp(card_gateway):
    return client(card_gateway, "card-rp", jwt_tools.ec_key(), grant_types=[
        "authorization_code", "refresh_token"], scope="openid profile offline_access")


def chooser(browser, answer):
    """The page with the ways in."""
    for _ in range(4):
        if answer.status_code != 303:
            break
        answer = browser.get(answer.headers["Location"])
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def open_page(browser, rp, **changes):
    """The card's page, by the chooser's link."""
    page = chooser(browser, rp.authorize(browser, **changes))
    answer = browser.get(page.ids["login-card"]["href"])
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def challenge(browser):
    answer = browser.get("/card/challenge")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["nonce"]


def send(browser, token, **headers):
    """As the page's script does."""
    return browser.post("/card/login", json.dumps({"auth-token": token}), **{
        "Content_Type": "application/json", **headers})


def answer_with(browser, rp, card, **more):
    """From /authorize to the answer of /card/login."""
    open_page(browser, rp)
    return send(browser, card.token(browser.gateway.url, challenge(browser), **more))


def taken(answer):
    """A card that was accepted: where the browser goes on."""
    assert answer.status_code == 200, answer.text
    return answer.json()["redirect_uri"]


def refused(answer, error="invalid_card", status=401):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["error"] == error, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "dvara_session" not in answer.headers.get("Set-Cookie", "")


def code_of(browser, rp, card, **changes):
    open_page(browser, rp, **changes)
    href = taken(send(browser, card.token(browser.gateway.url, challenge(browser))))
    answer = browser.walk(browser.get(href))
    assert answer.status_code == 303, answer.text
    return query_of(answer)["code"]


def audit(gateway, event):
    return [row for row in gateway.audit() if row["event"] == event]


class TestLogin:
    @pytest.mark.parametrize("algorithm", [
        "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
    def test_every_algorithm(self, browser, rp, kingdom, algorithm):
        curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
        key = ec_key(curves[algorithm]) if algorithm in curves else rsa_key()
        taken(answer_with(browser, rp, kingdom.card(SOPHEA, key), algorithm=algorithm))

    def test_a_whole_login(self, browser, rp, kingdom):
        tokens = rp.token(code_of(browser, rp, kingdom.card(SOPHEA))).json()
        claims = rp.id_token(tokens)
        assert claims["acr"] == HIGH
        assert claims["amr"] == ["pop", "hwk", "sc", "pin"]
        again = Browser(browser.gateway)
        by_test = rp.id_token(rp.tokens(again))
        assert claims["sub"] == by_test["sub"]

    def test_discovery_says_its_level(self, browser):
        document = browser.get("/.well-known/openid-configuration").json()
        assert HIGH in document["acr_values_supported"]

    def test_the_page_works_without_script(self, browser, rp):
        page = open_page(browser, rp)
        assert "card-tls" not in page.ids, "nobody asks for client certificates here"
        assert page.ids["login-other"]["href"].startswith("/login?tx=")
        assert browser.get(page.ids["login-other"]["href"]).status_code == 200

    def test_who_died_is_not_let_in(self, browser, rp, kingdom):
        href = taken(answer_with(browser, rp, kingdom.card(SIDI)))
        answer = browser.get(href)
        assert answer.status_code == 403
        assert "dvara_session" not in answer.headers.get("Set-Cookie", "")

    def test_the_way_on_serves_once_and_in_one_browser(self, browser, rp, kingdom):
        href = taken(answer_with(browser, rp, kingdom.card(SOPHEA)))
        other = Browser(browser.gateway)
        assert other.get(href).status_code == 403
        open_page(other, rp)
        assert other.get(href).status_code == 400, "another's code is spent by it"
        assert browser.get(href).status_code == 400
        href = taken(answer_with(browser, rp, kingdom.card(SOPHEA)))
        assert browser.get(href).status_code == 303
        assert browser.get(href).status_code == 400


class TestChallenge:
    """X01"""

    def test_x01_none_asked(self, browser, rp, kingdom):
        token = kingdom.card(SOPHEA).token(browser.gateway.url, base64.b64encode(bytes(32)).decode())
        refused(send(browser, token), "invalid_challenge")
        open_page(browser, rp)
        refused(send(browser, token), "invalid_challenge")

    def test_x01_used_twice(self, browser, rp, kingdom):
        open_page(browser, rp)
        token = kingdom.card(SOPHEA).token(browser.gateway.url, challenge(browser))
        taken(send(browser, token))
        refused(send(browser, token), "invalid_challenge")

    def test_x01_burnt_by_the_first_try(self, browser, rp, kingdom):
        open_page(browser, rp)
        nonce = challenge(browser)
        card = kingdom.card(SOPHEA)
        refused(send(browser, card.token("https://evil.test", nonce)))
        refused(send(browser, card.token(browser.gateway.url, nonce)), "invalid_challenge")
        open_page(browser, rp)
        nonce = challenge(browser)
        refused(send(browser, "null"), "invalid_request", 400)
        refused(send(browser, card.token(browser.gateway.url, nonce)), "invalid_challenge")

    def test_x01_of_another_session(self, browser, rp, kingdom):
        other = Browser(browser.gateway)
        open_page(browser, rp)
        open_page(other, rp)
        nonce = challenge(browser)
        token = kingdom.card(SOPHEA).token(browser.gateway.url, nonce)
        refused(send(other, token), "invalid_challenge")
        challenge(other)
        refused(send(other, token))
        taken(send(browser, token))

    def test_x01_older_than_five_minutes(self, browser, rp, kingdom):
        open_page(browser, rp)
        token = kingdom.card(SOPHEA).token(browser.gateway.url, challenge(browser))
        with browser.gateway.clock(301):
            refused(send(browser, token), "invalid_challenge")

    def test_x01_a_new_one_takes_the_place(self, browser, rp, kingdom):
        open_page(browser, rp)
        first, second = challenge(browser), challenge(browser)
        assert first != second and len(second) >= 44
        refused(send(browser, kingdom.card(SOPHEA).token(browser.gateway.url, first)))

    def test_a_challenge_needs_a_login_of_this_browser(self, browser, card_gateway, rp):
        assert browser.get("/card/challenge").status_code == 403
        open_page(browser, rp)
        assert browser.get("/card/challenge?tx=" + "A" * 43).status_code == 403


class TestToken:
    @pytest.mark.parametrize("origin", [
        "https://evil.test", "{}/", "{}0", "http://127.0.0.1", "HTTP://127.0.0.1:{port}",
        "https://127.0.0.1:{port}", "http://localhost:{port}", ""])
    def test_x02_another_origin(self, browser, rp, kingdom, origin):
        url = browser.gateway.url
        origin = origin.replace("{port}", str(browser.gateway.port)).replace("{}", url)
        open_page(browser, rp)
        refused(send(browser, kingdom.card(SOPHEA).token(origin, challenge(browser))))

    def test_x02_another_key_or_algorithm(self, browser, rp, kingdom):
        card, other = kingdom.card(SOPHEA), kingdom.card(SOPHEA)
        refused(answer_with(browser, rp, Card(other.key, card.certificate)))
        for changes in ({"algorithm": "ES256"}, {"algorithm": "RS256"}, {"algorithm": "PS384"}):
            open_page(browser, rp)
            token = card.token(browser.gateway.url, challenge(browser))
            refused(send(browser, {**token, **changes}))
        for algorithm in ("none", "NONE", "HS256", "", "es384"):
            open_page(browser, rp)
            token = card.token(browser.gateway.url, challenge(browser))
            refused(send(browser, {**token, "algorithm": algorithm}), "invalid_request", 400)
        taken(answer_with(browser, rp, card))

    def test_x02_another_signature(self, browser, rp, kingdom):
        card = kingdom.card(SOPHEA)
        for spoilt in (b"", bytes(96), bytes(95), bytes(97)):
            open_page(browser, rp)
            token = card.token(browser.gateway.url, challenge(browser),
                               signature=base64.b64encode(spoilt).decode())
            answer = send(browser, token)
            assert answer.status_code == (401 if spoilt else 400), answer.text

    @pytest.mark.parametrize("format_", [
        "web-eid:0.9", "web-eid:9", "web-eid:10", "web-eid:1.", "web-eid:1.x", "web-eid:1.0.0",
        "web-eid", "WEB-EID:1", " web-eid:1", "", None])
    def test_x03_format(self, browser, rp, kingdom, format_):
        card = kingdom.card(SOPHEA)
        refused(answer_with(browser, rp, card, format=format_), "invalid_request", 400)

    @pytest.mark.parametrize("format_", ["web-eid:1", "web-eid:1.0", "web-eid:1.1"])
    def test_x03_twin(self, browser, rp, kingdom, format_):
        taken(answer_with(browser, rp, kingdom.card(SOPHEA), format=format_))

    @pytest.mark.parametrize("token", [
        None, "null", "x" * 50, "x" * 10001, {}, [], 7, {"format": "web-eid:1"}],
        ids=lambda token: str(token)[:12])
    def test_x03_no_token(self, browser, rp, token):
        open_page(browser, rp)
        challenge(browser)
        refused(send(browser, token), "invalid_request", 400)

    def test_x03_length(self, browser, rp, kingdom):
        card = kingdom.card(SOPHEA)
        refused(answer_with(browser, rp, card, appVersion="x" * 10000), "invalid_request", 400)
        taken(answer_with(browser, rp, card, appVersion="x" * 1000))

    def test_x03_body(self, browser, rp, kingdom):
        for body, content_type in (("", "application/json"), ("{", "application/json"),
                                   ("{}", "application/json"), ("[]", "application/json"),
                                   ('{"auth-token":1,"auth-token":2}', "application/json"),
                                   ("auth-token=1", "application/x-www-form-urlencoded")):
            open_page(browser, rp)
            challenge(browser)
            answer = browser.post("/card/login", body, Content_Type=content_type)
            assert answer.status_code in (400, 415), (body, answer.text)
            assert answer.json()["error"] == "invalid_request"

    @pytest.mark.parametrize("given", [
        None, "", [1, 2, 3, 4], 1234, "This is not a certificate", "VGhpcyBpcyBub3Q", "pem",
        "trailing", "url", "blanks"], ids=str)
    def test_x04_certificate(self, browser, rp, kingdom, given):
        card = kingdom.card(SOPHEA)
        good = card.token("", "")["unverifiedCertificate"]
        odd = {"pem": card.certificate.public_bytes(PEM).decode(),
               "trailing": base64.b64encode(base64.b64decode(good) + b"\0").decode(),
               "url": base64.urlsafe_b64encode(base64.b64decode(good)).decode().rstrip("="),
               "blanks": good[:60] + "\n" + good[60:]}
        given = odd.get(given, given) if isinstance(given, str) else given
        refused(answer_with(browser, rp, card, unverifiedCertificate=given),
                "invalid_request", 400)


class TestCertificate:
    def test_x05_times(self, browser, rp, kingdom, others):
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, ends=-MINUTE)))
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, begins=HOUR)))
        refused(answer_with(browser, rp, others["expired"].card(SOPHEA)))
        refused(answer_with(browser, rp, others["future"].card(SOPHEA)))
        taken(answer_with(browser, rp, kingdom.card(SOPHEA, begins=-HOUR, ends=HOUR)))

    def test_of_no_authority_of_ours(self, browser, rp, kingdom):
        strange = Authority()
        assert strange.name == kingdom.name
        refused(answer_with(browser, rp, strange.card(SOPHEA)))
        own = ec_key()
        itself = Authority("itself")
        itself.key = own
        refused(answer_with(browser, rp, Card(own, itself.issue(own.public_key(), SOPHEA))))

    def test_below_an_authority_that_is_not_configured(self, browser, rp, kingdom):
        below = Authority("An office below", parent=kingdom)
        refused(answer_with(browser, rp, below.card(SOPHEA)))

    def test_purpose(self, browser, rp, kingdom):
        for wish in ({"usage": "content_commitment"}, {"usage": None},
                     {"extended": ExtendedKeyUsageOID.SERVER_AUTH},
                     {"extended": ExtendedKeyUsageOID.EMAIL_PROTECTION}):
            refused(answer_with(browser, rp, kingdom.card(SOPHEA, **wish)))
        taken(answer_with(browser, rp, kingdom.card(SOPHEA, extended=None)))

    def test_policies(self, browser, rp, others):
        strict = others["strict"]
        for wish in ({}, {"policy": "1.2.3"}, {"policy": "1.2.3.5"}, {"policy": "1.2.3.4.1"}):
            refused(answer_with(browser, rp, strict.card(SOPHEA, **wish)))
        taken(answer_with(browser, rp, strict.card(SOPHEA, policy="1.2.3.4")))

    def test_x13_weak_keys(self, browser, rp, kingdom):
        small = rsa.generate_private_key(65537, 1024)
        of_three = rsa.generate_private_key(3, 2048)
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, small), algorithm="RS256"))
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, of_three), algorithm="RS256"))
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, ec_key(ec.SECP192R1())),
                            algorithm="ES256"))
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, signed_with=hashes.SHA1())))
        taken(answer_with(browser, rp, kingdom.card(SOPHEA, rsa_key()), algorithm="RS256"))

    def test_x13_primes_that_can_be_found(self, browser, rp, kingdom):
        """A key of the cards that had to be recalled in 2017; it signs as well as any other."""
        weak = weak_rsa_key()
        assert weak.key_size == 2048
        refused(answer_with(browser, rp, kingdom.card(SOPHEA, weak), algorithm="RS256"))
        browser.gateway.wait_for_log("weak primes")
        taken(answer_with(browser, rp, kingdom.card(SOPHEA, rsa_key()), algorithm="RS256"))

    def test_x13_forged_padding(self, browser, rp, kingdom):
        """PKCS#1 1.5 with the digest and rubbish behind it: what a lazy verifier takes."""
        key = rsa_key()
        card = kingdom.card(SOPHEA, key)
        card.sign = lambda algorithm, signed: bytes([0, 1]) + b"\xff" * 8 + bytes(246)
        refused(answer_with(browser, rp, card, algorithm="RS256"))

    def test_x15_the_same_number_elsewhere(self, browser, card_gateway, rp, kingdom, others):
        """Another authority's PNOKH-100001 is nobody here until the register says who."""
        stranger = others["neighbour"].card(SOPHEA)
        href = taken(answer_with(browser, rp, stranger))
        assert browser.get(href).status_code == 403
        card_gateway.apply("person", [{
            "register_key": f"neighbour:{SOPHEA}", "short_name": "sophea-too", "life": "active",
            "claims": {"name": "Another Sophea", "given_name": "Another",
                       "family_name": "Sophea"}}])
        first = rp.token(code_of(Browser(card_gateway), rp, stranger)).json()
        second = rp.token(code_of(Browser(card_gateway), rp, kingdom.card(SOPHEA))).json()
        assert rp.id_token(first)["sub"] != rp.id_token(second)["sub"]

    def test_numbers_that_name_nobody(self, browser, rp, kingdom):
        twice = kingdom.card(SOPHEA, attributes=[
            x509.NameAttribute(NameOID.SERIAL_NUMBER, VANNAK)])
        for card in (twice, kingdom.card(None), kingdom.card("PASKH-100001"),
                     kingdom.card("PNOKH-")):
            refused(answer_with(browser, rp, card))

    def test_another_attribute_as_a_hash(self, browser, card_gateway, rp, others):
        number = "NTRKH-7"
        hashed = hashlib.sha256(number.encode()).hexdigest()
        card_gateway.apply("person", [{
            "register_key": f"H-{hashed}", "short_name": "hashed", "life": "active",
            "claims": {"name": "H", "given_name": "H", "family_name": "H"}}])
        card = others["hashed"].card("x", attributes=[
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), number)])
        assert rp.token(code_of(browser, rp, card)).status_code == 200


class TestRevocation:
    """X08"""

    @pytest.mark.parametrize("reason", [
        None, x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold])
    def test_x08_revoked(self, browser, rp, kingdom, office, card_gateway, reason):
        card = kingdom.card(SOPHEA)
        taken(answer_with(browser, rp, card))
        office.revoked[card.certificate.serial_number] = reason
        refused(answer_with(browser, rp, card))
        told = "suspended" if reason == x509.ReasonFlags.certificate_hold else "revoked"
        assert audit(card_gateway, "card.refused")[0]["detail"]["standing"] == told
        del office.revoked[card.certificate.serial_number]
        taken(answer_with(browser, rp, card))

    def test_x08_answers_that_are_worth_nothing(self, browser, rp, kingdom, office):
        card, other = kingdom.card(SOPHEA), kingdom.card(SOPHEA)
        delegate = kingdom.card(None, extended=ExtendedKeyUsageOID.OCSP_SIGNING)
        wrong = [
            {"unknown": True}, {"status": ocsp.OCSPResponseStatus.TRY_LATER},
            {"status": ocsp.OCSPResponseStatus.INTERNAL_ERROR}, {"about": other},
            {"spoil": lambda answer: answer[:-1] + bytes([answer[-1] ^ 1])},
            {"spoil": lambda answer: b"invalid"}, {"spoil": lambda answer: answer + b"\0"},
            {"signer": other}, {"signer": Authority()},
            {"has_nonce": False}, {"has_nonce": "other"},
            {"certificates": [delegate.certificate, other.certificate]},
            {"this_update": -3 * MINUTE}, {"this_update": 16 * MINUTE},
            {"this_update": -2 * MINUTE, "next_update": -16 * MINUTE}]
        for one in wrong:
            one = {**one}
            if one.get("next_update"):
                one["this_update"] = -17 * MINUTE
            with office.but(**one):
                refused(answer_with(browser, rp, card))
        taken(answer_with(browser, rp, card))
        with office.but(signer=delegate):
            taken(answer_with(browser, rp, card))

    def test_an_authority_that_is_away(self, browser, rp, kingdom, office, card_gateway):
        card = kingdom.card(SOPHEA)
        with office.but(is_away=True):
            answer = answer_with(browser, rp, card)
            refused(answer, "temporarily_unavailable", 503)
            assert "Retry-After" in answer.headers
        row = audit(card_gateway, "card.refused")[0]
        assert row["detail"]["standing"] == "authority does not answer"
        assert SOPHEA not in json.dumps(row) and "P-100001" not in json.dumps(row)
        taken(answer_with(browser, rp, card))

    def test_a_card_that_names_no_place(self, browser, rp, others):
        refused(answer_with(browser, rp, others["silent"].card(SOPHEA)))

    def test_nobody_is_asked_before_the_signature_holds(self, browser, rp, kingdom, office):
        card = kingdom.card(SOPHEA)
        office.asked.clear()
        refused(answer_with(browser, rp, Card(ec_key(), card.certificate)))
        assert office.asked == []
        taken(answer_with(browser, rp, card))
        assert office.asked == ["ocsp"]


class TestLists:
    """An authority that answers no OCSP.  A list is not asked for twice in ten seconds, so the
    gateway's clock moves on."""

    @pytest.fixture
    def later(self, card_gateway):
        """More and more seconds ahead."""
        def move(seconds):
            TestLists.ahead += seconds
            return card_gateway.clock(TestLists.ahead)
        return move

    ahead = 0

    def test_lists(self, browser, rp, bureau, later):
        card = bureau.authority.card(SOPHEA)
        serial = card.certificate.serial_number
        taken(answer_with(browser, rp, card))
        for reason in (None, x509.ReasonFlags.certificate_hold):
            bureau.revoked[serial] = reason
            with later(20):
                refused(answer_with(browser, rp, card))
            del bureau.revoked[serial]
            with later(20):
                taken(answer_with(browser, rp, card))

    def test_an_older_list_brings_nobody_back(self, browser, rp, bureau, later):
        card = bureau.authority.card(SOPHEA)
        serial = card.certificate.serial_number
        bureau.revoked[serial] = None
        with later(20):
            refused(answer_with(browser, rp, card))
        del bureau.revoked[serial]
        with later(20), bureau.but(crl_this=-HOUR):
            refused(answer_with(browser, rp, card))
        with later(20):
            taken(answer_with(browser, rp, card))

    def test_a_list_of_somebody_else(self, browser, rp, bureau, later, kingdom):
        """It is as if none had come: the one before speaks until its time."""
        card = bureau.authority.card(SOPHEA)
        bureau.revoked[card.certificate.serial_number] = None
        with later(20), bureau.but(crl_key=kingdom.key):
            taken(answer_with(browser, rp, card))
        with later(20):
            refused(answer_with(browser, rp, card))
        bureau.revoked.clear()

    def test_an_old_list_speaks_as_long_as_it_may(self, browser, rp, bureau, later, card_gateway):
        card = bureau.authority.card(SOPHEA)
        with later(20), bureau.but(crl_next=HOUR):
            taken(answer_with(browser, rp, card))
        assert not audit(card_gateway, "card.taken")
        with later(3700), bureau.but(is_away=True):
            taken(answer_with(browser, rp, card))
            row = audit(card_gateway, "card.taken")[0]
            assert row["detail"]["standing"] == "stale crl"
        with later(3600), bureau.but(is_away=True):
            refused(answer_with(browser, rp, card), "temporarily_unavailable", 503)
        with later(20):
            taken(answer_with(browser, rp, card))


class TestChips:
    """The key never leaves what holds it; OpenSC signs, as it does for the Web eID application."""

    def test_a_key_in_softhsm(self, browser, rp, kingdom, tmp_path):
        with chip_of(chips.Softhsm, tmp_path) as chip:
            card = Card(None, kingdom.issue(chip.public_key, SOPHEA))
            card.sign = chip.sign
            code_of(browser, rp, card)

    def test_a_card_in_a_reader(self, browser, rp, kingdom, tmp_path):
        """pcscd, a virtual reader, a small PIV card of our own, OpenSC: the certificate is read and
        the challenge signed through all of them."""
        inside = kingdom.card(SOPHEA, rsa_key())
        with chip_of(chips.PivCard, tmp_path, inside.key, inside.certificate) as chip:
            der = chip.tool("--read-object", "--type", "cert", "--id", chip.key_id)
            card = Card(None, x509.load_der_x509_certificate(der))
            card.sign = chip.sign
            code_of(browser, rp, card)
            chip.pin = "000000"
            with pytest.raises(subprocess.CalledProcessError):
                chip.sign("RS256", b"")


def chip_of(kind, *words):
    try:
        return kind(*words)
    except chips.Missing as missing:
        pytest.skip(str(missing))


class TestOrigin:
    def test_x16_from_another_site(self, browser, rp, kingdom):
        open_page(browser, rp)
        token = kingdom.card(SOPHEA).token(browser.gateway.url, challenge(browser))
        for headers in ({"Origin": "https://evil.test", "Sec_Fetch_Site": "cross-site"},
                        {"Origin": "https://evil.test", "Sec_Fetch_Site": None},
                        {"Origin": None, "Sec_Fetch_Site": "cross-site"},
                        {"Origin": None, "Sec_Fetch_Site": None}):
            answer = send(browser, token, **headers)
            assert answer.status_code == 403, answer.text
        taken(send(browser, token))

    def test_x20_another_person_at_a_step_up(self, browser, rp, kingdom):
        code_of(browser, rp, kingdom.card(SOPHEA))
        session = browser.cookie("dvara_session")
        with browser.gateway.clock(30):
            open_page(browser, rp, max_age="10")
            href = taken(send(browser, kingdom.card(VANNAK).token(
                browser.gateway.url, challenge(browser))))
            answer = browser.get(href)
            assert answer.status_code == 403
            assert browser.cookie("dvara_session") == session
            back = next(link for link in Page(answer.text).links if "/authorize/continue" in link)
            assert query_of(browser.get(back))["error"] == "access_denied"
            assert browser.cookie("dvara_session") == session
            code_of(browser, rp, kingdom.card(SOPHEA), max_age="10")
