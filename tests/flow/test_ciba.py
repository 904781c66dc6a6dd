# SPDX-License-Identifier: Apache-2.0
"""Cases T80 to T85: backchannel authentication (OpenID CIBA Core 1.0, FAPI-CIBA), poll and ping.  Tests
that mirror a module of the OpenID Foundation's FAPI-CIBA plan are named after it."""

import concurrent.futures
import contextlib
import http.server
import json
import threading
import time

import pytest
import requests

import jwt_tools
import pki
from browser import Browser, Page
from conftest import client
from dpop import Proofs, alg_none
from gateway import Gateway
from test_device import signed_out_everywhere
from test_token import assert_refused
from test_wallet import NUMBER, PERSONAS, wallet_settings
from vp_wallet import Issuer, Wallet

CIBA = "urn:openid:params:grant-type:ciba"
LIFE_S = 300
AT_ONCE = 64
HOUR_S = 3600


class Receiver(http.server.ThreadingHTTPServer):
    """What a client has at its backchannel_client_notification_endpoint."""

    def __init__(self):
        self.calls, self.status, self.headers, self.hang = [], 204, {}, threading.Event()
        self.body = b""
        self.hang.set()
        super().__init__(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handler(receiver):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, dict(self.headers), body))
                receiver.hang.wait(60)
                with contextlib.suppress(OSError):
                    self.send_response(receiver.status)
                    for name, value in receiver.headers.items():
                        self.send_header(name, value)
                    if receiver.body:
                        self.send_header("Content-Length", str(len(receiver.body)))
                    self.end_headers()
                    self.wfile.write(receiver.body)

            do_GET = do_POST

            def log_message(self, *words):
                pass
        return Handler

    def with_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def wait(self, n, within_s=30):
        until = time.monotonic() + within_s
        while len(self.calls) < n and time.monotonic() < until:
            time.sleep(0.05)
        return self.calls


def until(is_so):
    """What became of a try is written down after it."""
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.hang.set()
    one.shutdown()
    one.server_close()


@pytest.fixture(scope="module")
def authority():
    return pki.Authority("Issuers")


@pytest.fixture(scope="module")
def here(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("ciba")
    (folder / "authority.pem").write_bytes(authority.pem)
    settings = {**wallet_settings(folder, authority), "ciba.waiting": 100,
                "gateway.proxy_certificates": "yes",
                "outbound.ca_file": folder / "authority.pem"}
    with Gateway(folder, settings) as running:
        running.apply("person", PERSONAS)
        yield running


def far(gateway, name, key=None, **metadata):
    return client(gateway, name, key or jwt_tools.ec_key(), **{
        "redirect_uris": [f"https://{name}.test/cb"],
        "grant_types": ["authorization_code", "refresh_token", CIBA],
        "id_token_signed_response_alg": "ES256", **metadata})


@pytest.fixture(scope="module")
def bank(here):
    return far(here, "bank")


@pytest.fixture(scope="module")
def other(here):
    return far(here, "other")


@pytest.fixture(scope="module")
def fapi(here):
    return far(here, "fapi", dvara_profile="fapi2",
               backchannel_authentication_request_signing_alg="ES256")


@pytest.fixture
def person(here):
    """A browser of Sophea's."""
    return Browser(here)


def ask(party, **changes):
    form, headers = party.credentials()
    form = {"scope": "openid profile", "login_hint": "sophea", **form, **changes}
    return requests.post(f"{party.gateway.url}/bc-authorize", headers=headers, timeout=20,
                         data={name: value for name, value in form.items() if value is not None})


def asked(party, **changes):
    answer = ask(party, **changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["auth_req_id"]


def poll(party, auth_req_id, **more):
    return party.token(None, **{"grant_type": CIBA, "auth_req_id": auth_req_id,
                                "redirect_uri": None, "code_verifier": None, **more})


def waiting(browser, persona="sophea"):
    """The page of requests, after a sign-in where there was none."""
    answer = browser.walk(browser.get("/account/requests"), persona)
    assert answer.status_code == 200 and answer.url.endswith("/account/requests"), answer.url
    return answer


def newest(page):
    return max(int(name[len("request-other-"):]) for name in page.ids
               if name.startswith("request-other-"))


def confirmed(browser, persona="sophea", allow=True, claims=(), by=None):
    """By the test login, where the list leads."""
    page = Page(waiting(browser, by or persona).text)
    link = page.ids[f"request-other-{newest(page)}"]["href"]
    last = browser.walk(browser.get(link), persona, allow, claims)
    return last


def consent_asked(browser, persona="sophea"):
    """The consent page of the newest request."""
    page = Page(waiting(browser, persona).text)
    answer = browser.get(page.ids[f"request-other-{newest(page)}"]["href"])
    answer = browser.sign_in(Page(answer.text), persona)
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
    assert Page(answer.text).form_of("consent"), answer.text
    return answer


def denied(browser):
    page = Page(waiting(browser).text)
    forms = [form for form in page.forms if form.action.startswith("/login/cancel")]
    return browser.walk(browser.post(forms[-1].action, forms[-1].fields))


def everything_denied(browser):
    while "request-deny-1" in Page(waiting(browser).text).ids:
        denied(browser)


@pytest.fixture(autouse=True)
def nothing_waits(here):
    yield
    everything_denied(Browser(here))


def assert_error(answer, error, status=400):
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] == error, answer.text
    assert answer.json()["error_uri"]


def test_a_good_one(here, bank, person):
    document = requests.get(f"{here.url}/.well-known/openid-configuration", timeout=20).json()
    assert document["backchannel_authentication_endpoint"] == f"{here.url}/bc-authorize"
    assert document["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]
    assert document["backchannel_user_code_parameter_supported"] is False
    assert set(document["backchannel_authentication_request_signing_alg_values_supported"]) == {
        "ES256", "PS256", "EdDSA"}
    assert CIBA in document["grant_types_supported"]

    answer = ask(bank, binding_message="W4SCT").json()
    assert set(answer) == {"auth_req_id", "expires_in", "interval"}
    assert (answer["expires_in"], answer["interval"]) == (LIFE_S, 5)
    code = answer["auth_req_id"]
    assert_error(poll(bank, code), "authorization_pending")
    page = waiting(person)
    assert "W4SCT" in page.text and "BANK" in page.text
    last = confirmed(person, claims=("name",))
    assert last.status_code == 200 and "You have confirmed it" in last.text
    tokens = poll(bank, code)
    assert tokens.status_code == 200, tokens.text
    tokens = tokens.json()
    claims = bank.id_token(tokens)
    assert claims["acr"] == "urn:dvara:loa:low" and claims["auth_time"]
    assert bank.userinfo(tokens["access_token"]).json()["name"]
    assert bank.refresh(tokens["refresh_token"]).status_code == 200
    assert "ciba.allowed" in [row["event"] for row in here.audit()]
    assert "Nothing waits" in waiting(person).text


def test_the_wallet_is_the_answer(here, bank, person, authority):
    """On the same device; across devices by the number."""
    issuer = Issuer(authority)
    for way in ("same", "cross"):
        code, wallet = asked(bank, binding_message="W4SCT"), Wallet(issuer, NUMBER)
        page = Page(waiting(person).text)
        link = page.ids["wallet-link-1"]["href"] if way == "same" \
            else page.ids["wallet-qr-1"]["data-uri"]
        assert link.startswith("openid4vp://")
        request = wallet.request(link)
        assert request["binding_message"] == "W4SCT"
        sent = wallet.send(request)
        assert sent.status_code == 200, sent.text
        back = sent.json()["redirect_uri"]
        if way == "same":
            last = person.walk(person.get(back))
        else:
            number = Page(Browser(here).get(back).text).ids["confirm-code"]["text"]
            form = page.form_of("wallet-form-1")
            fields = [pair for pair in form.fields if pair[0] != "code"]
            last = person.walk(person.post(form.action, fields + [("code", number)]))
        assert last.status_code == 200 and "You have confirmed it" in last.text, last.text
        tokens = poll(bank, code)
        assert tokens.status_code == 200, tokens.text
        assert bank.id_token(tokens.json())["acr"] == "urn:dvara:loa:high"


def test_only_the_person_named_can_answer(bank, person):
    code = asked(bank)
    assert "Nothing waits" in waiting(Browser(bank.gateway), "bopha").text
    last = confirmed(person, "bopha", by="sophea")
    assert last.status_code == 403 and "another person" in last.text.lower(), last.text
    assert_error(poll(bank, code), "authorization_pending")
    back = next(link for link in Page(last.text).links if link.startswith("/authorize/continue"))
    assert "You have not confirmed it" in person.walk(person.get(back)).text
    assert_error(poll(bank, code), "access_denied")
    # twin
    code = asked(bank)
    assert "You have confirmed it" in confirmed(Browser(bank.gateway)).text
    assert poll(bank, code).status_code == 200


def test_hints(bank, person, other):
    """sub as the client knows it, ID tokens, keys of the register; never another client's sub."""
    asked(bank)
    confirmed(person)
    tokens = bank.tokens(person)
    subject, foreign = bank.id_token(tokens)["sub"], other.id_token(other.tokens(person))["sub"]
    for hint in ({"login_hint": subject}, {"login_hint": NUMBER},
                 {"login_hint": None, "id_token_hint": tokens["id_token"]}):
        code = asked(bank, **hint)
        assert "You have confirmed it" in confirmed(person).text
        assert bank.id_token(poll(bank, code).json())["sub"] == subject
    assert_error(ask(bank, login_hint=foreign), "unknown_user_id")
    assert_error(ask(other, login_hint=None, id_token_hint=tokens["id_token"]), "invalid_request")


def test_t80_hints_that_are_none(bank, person):
    """fapi-ciba-id1-ensure-authorization-request-with-multiple-hints-fails."""
    assert_error(ask(bank, login_hint=None), "invalid_request")
    assert_error(ask(bank, id_token_hint="x.y.z"), "invalid_request")
    assert_error(ask(bank, login_hint_token="x.y.z"), "invalid_request")
    assert_error(ask(bank, login_hint=None, login_hint_token="x.y.z"), "invalid_request")
    assert_error(ask_signed(bank, signed(bank, login_hint=None, login_hint_token="x.y.z")),
                 "invalid_request")
    assert_error(ask(bank, login_hint="nobody-of-that-name"), "unknown_user_id")
    assert_error(ask(bank, login_hint="x" * 3000), "invalid_request")
    asked(bank)


def test_t80_wrong_names_are_counted(here):
    guesser = far(here, "guesser")
    answers = [ask(guesser, login_hint=f"nobody-{n}").status_code for n in range(22)]
    assert answers == [400] * 20 + [429] * 2
    with here.clock(601):
        form, _ = guesser.credentials(601)
        assert ask(guesser, **form).status_code == 200


def test_who_may_not(here, bank):
    leg = client(here, "leg")
    assert_error(ask(leg), "unauthorized_client")
    assert_error(ask(bank, client_assertion=bank.assertion(aud="https://x.test")),
                 "invalid_client", 401)
    assert_error(ask(bank, scope="profile"), "invalid_scope")
    assert_error(ask(bank, requested_expiry="0"), "invalid_request")
    assert_error(ask(bank, requested_expiry="soon"), "invalid_request")
    assert requests.get(f"{here.url}/bc-authorize", timeout=20).status_code == 405
    answer = ask(bank, client_assertion=bank.assertion(aud=f"{here.url}/bc-authorize"))
    assert answer.status_code == 200, answer.text


def test_the_life_that_is_asked(here, bank):
    answer = ask(bank, requested_expiry="30").json()
    assert answer["expires_in"] == 30
    assert ask(bank, requested_expiry="999999").json()["expires_in"] == HOUR_S
    with here.clock(31):
        assert_error(poll(bank, answer["auth_req_id"],
                          credentials=bank.credentials(31)), "expired_token")


def signed(party, header=None, key=None, alg="ES256", **changes):
    now = int(time.time())
    claims = {"iss": party.id, "aud": party.gateway.url, "iat": now, "nbf": now, "exp": now + 300,
              "jti": jwt_tools.b64u(bytes(str(time.time_ns()), "ascii")), "scope": "openid",
              "login_hint": "sophea", **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt_tools.sign(key or party.key, {"alg": alg, "kid": "k1", **(header or {})}, claims, alg)


def ask_signed(party, request, **more):
    return ask(party, **{"scope": None, "login_hint": None, "request": request, **more})


def test_a_signed_request(fapi, bank, person):
    for party in (fapi, bank):
        answer = ask_signed(party, signed(party, binding_message="1234", requested_expiry=60))
        assert answer.status_code == 200, answer.text
        assert answer.json()["expires_in"] == 60
        assert "1234" in waiting(person).text
        everything_denied(person)


MINUTE_S = 60


def at(minutes):
    """So far from the time of the test: the run may have begun long before."""
    return lambda: int(time.time()) + minutes * MINUTE_S


@pytest.mark.parametrize("name, changes", [
    ("bad-aud", {"aud": "https://other.test"}),
    ("bad-iss", {"iss": "other"}),
    ("missing-aud", {"aud": None}),
    ("missing-exp", {"exp": None}),
    ("missing-iat", {"iat": None}),
    ("missing-iss", {"iss": None}),
    ("missing-jti", {"jti": None}),
    ("missing-nbf", {"nbf": None}),
    ("expired-exp", {"exp": at(-5), "nbf": at(-10)}),
    ("exp-is-70-minutes-in-future", {"exp": at(70)}),
    ("nbf-is-10-minutes-in-future", {"nbf": at(10)}),
    ("nbf-is-70-minutes-in-past", {"nbf": at(-70)}),
])
@pytest.mark.parametrize("who", ["fapi", "bank"])
def test_t81_fapi_ciba_id1_ensure_request_object(request, who, name, changes):
    """fapi-ciba-id1-ensure-request-object-NAME-fails."""
    party = request.getfixturevalue(who)
    changes = {claim: value() if callable(value) else value for claim, value in changes.items()}
    assert_error(ask_signed(party, signed(party, **changes)), "invalid_request")


def test_t81_fapi_ciba_id1_ensure_request_object_signature_algorithm(here, fapi, bank):
    """…-is-none-fails, …-is-bad-fails, …-is-RS256-fails; …-signed-by-other-client-fails;
    unsigned-backchannel-authentication-request-fails."""
    rsa = jwt_tools.rsa_key()
    rs = far(here, "rs", rsa)
    assert_error(ask_signed(rs, signed(rs, alg="RS256")), "invalid_request")
    for party in (fapi, bank):
        good = signed(party)
        assert_error(ask_signed(party, alg_none(good, "none")), "invalid_request")
        assert_error(ask_signed(party, good[:-8] + "AAAAAAAA"), "invalid_request")
        assert_error(ask_signed(party, "not.a.jwt"), "invalid_request")
        assert_error(ask_signed(party, signed(party, key=jwt_tools.ec_key())), "invalid_request")
        assert_error(ask_signed(party, party.assertion(
            nbf=int(time.time()), scope="openid", login_hint="sophea")), "invalid_request")
    assert_error(ask_signed(bank, signed(fapi)), "invalid_request")
    assert_error(ask(fapi), "invalid_request")
    assert_error(ask_signed(bank, signed(bank), scope="openid profile"), "invalid_request")
    assert_error(ask_signed(bank, signed(bank), login_hint="bopha"), "invalid_request")


def test_t82_ensure_wrong_auth_req_id(here, bank, other, person):
    code = asked(bank)
    assert_refused(poll(bank, code[:-1] + ("A" if code[-1] != "A" else "B")), "invalid_grant")
    assert_refused(poll(other, code), "invalid_grant")
    assert_refused(poll(bank, "x" * 5000), "invalid_grant")
    assert_refused(poll(bank, None), "invalid_request")
    confirmed(person)
    assert_refused(poll(other, code), "invalid_grant")
    assert "grant.other_client" in [row["event"] for row in here.audit()]
    assert poll(bank, code).status_code == 200
    assert_refused(poll(bank, code), "invalid_grant")


def test_t82_ensure_multiple_call_to_token_endpoint(here, bank):
    """Too early is within 5 s of the one before; a stall as long tells nothing."""
    for _ in range(5):
        code, begun = asked(bank), time.monotonic()
        answers = [poll(bank, code).json()["error"] for _ in range(10)]
        if time.monotonic() - begun < 5:
            break
    assert answers == ["authorization_pending"] + ["slow_down"] * 9
    with here.clock(5 + 9 * 5 + 1):
        assert_error(poll(bank, code, credentials=bank.credentials(51)), "authorization_pending")


def test_t82_ensure_auth_req_id_expired(here, bank):
    code = asked(bank)
    with here.clock(LIFE_S + 1):
        assert_error(poll(bank, code, credentials=bank.credentials(LIFE_S + 1)), "expired_token")


@pytest.mark.parametrize("where", ["in the list", "at the consent"])
def test_user_rejects_authentication(bank, person, where):
    code = asked(bank, scope="openid email")
    last = denied(person) if where == "in the list" \
        else confirmed(person, allow=False)
    if where == "at the consent" and "You have confirmed" in last.text:
        pytest.fail("no consent was asked")
    assert last.status_code == 200 and "You have not confirmed it" in last.text, last.text
    assert_error(poll(bank, code), "access_denied")


def test_i1_all_at_once(here, person):
    party = far(here, "post", token_endpoint_auth_method="client_secret_post", jwks=None)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(3):
            code = asked(party)
            confirmed(person)
            answers = list(pool.map(lambda _, code=code: poll(party, code), range(AT_ONCE)))
            assert sorted(answer.status_code for answer in answers) == \
                [200] + [400] * (AT_ONCE - 1)


@pytest.mark.parametrize("message", [
    "x" * 1000, "x" * 65, "pay \u202e0001", "a\u2066b", "a\nb", "a\x07b", "<b>pay</b>", "\u200b",
    "a\u061cb"])
def test_t83_binding_messages(bank, message):
    assert_error(ask(bank, binding_message=message), "invalid_binding_message")


@pytest.mark.parametrize("message", ["1234", "ការទូទាត់ ៥០", "x" * 64, "Ⅷ – 50 € & more", "دفع ٥٠"])
def test_t83_good_binding_messages(bank, person, message):
    asked(bank, binding_message=message)
    text = waiting(person).text
    assert message.replace("&", "&amp;") in text


def test_t83_the_message_stands_where_the_person_decides(here, person):
    """The list, and the consent after the login."""
    party = far(here, "clerk")
    asked(party, binding_message="W4SCT & Söhne", scope="openid email")
    answer = consent_asked(person)
    assert Page(answer.text).ids["request-message"]["text"] == "W4SCT & Söhne"
    everything_denied(person)
    asked(party, scope="openid email")
    assert "request-message" not in Page(consent_asked(person).text).ids


def test_few_wait_at_a_time(tmp_path, authority):
    with Gateway(tmp_path, {"ciba.waiting": 2}) as gateway:
        gateway.apply("person", PERSONAS)
        bank = far(gateway, "bank")
        asked(bank), asked(bank)
        answer = ask(bank)
        assert answer.status_code == 429 and "Retry-After" in answer.headers
        assert ask(bank, login_hint="bopha").status_code == 200
        # one client does not keep the others out, all together fill no page
        for number in range(4):
            another = far(gateway, f"another{number}")
            asked(another), asked(another)
        assert ask(far(gateway, "last")).status_code == 429


def test_s21_what_was_allowed_ends_with_signing_out_everywhere(here, bank, person):
    polled, unpolled = asked(bank), None
    confirmed(person)
    tokens = poll(bank, polled).json()
    unpolled = asked(bank)
    confirmed(person)
    signed_out_everywhere(person)
    assert_error(poll(bank, unpolled), "access_denied")
    assert bank.userinfo(tokens["access_token"]).status_code == 401
    assert_refused(bank.refresh(tokens["refresh_token"]), "invalid_grant")
    code = asked(bank)
    confirmed(person)
    assert poll(bank, code).status_code == 200


def test_bound_to_the_key_that_polls(here, bank, person):
    proofs, code = Proofs(), asked(bank)
    confirmed(person)
    answer = poll(bank, code, headers=proofs.header("POST", f"{here.url}/token"))
    assert answer.json()["token_type"] == "DPoP"


def pinged(here, receiver, name, **metadata):
    return far(here, name, backchannel_token_delivery_mode="ping",
               backchannel_client_notification_endpoint=f"{receiver.url}/ping", **metadata)


def test_ping(here, receiver, person):
    party = pinged(here, receiver, "pinged")
    token = "n-_.~+/tkn0123456789=="
    assert_error(ask(party), "invalid_request")
    assert_error(ask(party, client_notification_token="a b"), "invalid_request")
    assert_error(ask(party, client_notification_token="x" * 1025), "invalid_request")
    code = asked(party, client_notification_token=token)
    assert_error(poll(party, code), "authorization_pending")
    assert not receiver.calls
    confirmed(person)
    [(path, headers, body)] = receiver.wait(1)
    assert path == "/ping" and headers["Authorization"] == f"Bearer {token}"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"auth_req_id": code}
    assert poll(party, code).status_code == 200
    # of a no as well
    code = asked(party, client_notification_token=token)
    denied(person)
    assert json.loads(receiver.wait(2)[1][2]) == {"auth_req_id": code}
    assert_error(poll(party, code), "access_denied")
    assert token not in here.log() and code not in here.log()
    assert not here.sql("SELECT 1 FROM outbox WHERE body LIKE ?", f"%{code}%")


def test_t85_ping_ensure_redirect_request_is_not_followed(here, receiver, person):
    """fapi-ciba-id1-ping-…-redirect-request, ping-…-401."""
    for number, status in enumerate((301, 401)):
        party = pinged(here, receiver, f"pinged{status}")
        receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/trap"}
        code = asked(party, client_notification_token="token")
        confirmed(person)
        receiver.wait(number + 1)
        until(lambda: here.sql(
            "SELECT 1 FROM outbox WHERE client_id = ? AND state = 'failed'", party.id))
        with here.clock(HOUR_S // 60):  # past the first tries again
            time.sleep(1.5)
        assert len(receiver.calls) == number + 1
        assert "/trap" not in [call[0] for call in receiver.calls]
        assert poll(party, code).status_code == 200


def test_t85_a_client_that_hangs(here, receiver, person):
    party = pinged(here, receiver, "hanging")
    receiver.hang.clear()
    code = asked(party, client_notification_token="token")
    assert "You have confirmed it" in confirmed(person).text, "before it has answered"
    assert len(receiver.wait(1)) == 1
    assert poll(party, code).status_code == 200


def test_t85_a_client_that_is_broken_hears_it_later(here, receiver, person):
    party = pinged(here, receiver, "broken")
    receiver.status = 500
    code = asked(party, client_notification_token="token")
    confirmed(person)
    receiver.wait(1)
    until(lambda: here.sql(
        "SELECT 1 FROM outbox WHERE client_id = ? AND result IS NOT NULL", party.id))
    receiver.status = 204
    with here.clock(60):
        assert json.loads(receiver.wait(2)[1][2]) == {"auth_req_id": code}


def test_registration(here):
    def refused(**metadata):
        path = here.folder / "refused.json"
        path.write_text(json.dumps({
            "client_id": "no", "client_name": "No", "redirect_uris": ["https://no.test/cb"],
            "grant_types": ["authorization_code", CIBA],
            "jwks": {"keys": [jwt_tools.public_jwk(jwt_tools.ec_key(), "k1")]}, **metadata}))
        here.dvara("client", "apply", path, expect=1)
    refused(backchannel_token_delivery_mode="push")
    refused(backchannel_token_delivery_mode="ping")
    refused(backchannel_authentication_request_signing_alg="RS256")
    refused(backchannel_authentication_request_signing_alg="none")
    refused(backchannel_user_code_parameter=True)
    refused(token_endpoint_auth_method="none", application_type="native", jwks=None)
    refused(backchannel_token_delivery_mode="ping",
            backchannel_client_notification_endpoint="http://10.0.0.1/x")
    assert far(here, "yes").stored["backchannel_token_delivery_mode"] == "poll"


def test_the_list_asks_who_is_there(here, bank):
    asked(bank, binding_message="W4SCT")
    browser = Browser(here)
    answer = browser.get("/account/requests")
    assert answer.status_code == 303 and "W4SCT" not in answer.text
    assert "W4SCT" in waiting(browser).text
