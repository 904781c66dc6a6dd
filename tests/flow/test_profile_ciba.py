# SPDX-License-Identifier: Apache-2.0
"""fapi-ciba-id1-test-plan: the modules that are not in test_ciba.py already."""

import json
import ssl
import time

import pytest

import jwt_tools
from pki import PEM, key_pem
from relying_party import ASSERTION_TYPE
from test_ciba import (
    ask, ask_signed, asked, authority, bank, confirmed, far, here, nothing_waits, other, person,
    pinged, poll, receiver, signed, until)
from test_mtls import certify, item
from test_token import assert_refused

FIXTURES = (authority, bank, here, nothing_waits, other, person, receiver)


def proof(party, **changes):
    return {"client_assertion": party.assertion(**changes), "client_assertion_type": ASSERTION_TYPE}


def test_ensure_other_scope_order_succeeds(bank, person):
    code = asked(bank, scope="profile openid")
    confirmed(person)
    assert poll(bank, code).status_code == 200


def test_ensure_wrong_client_id_in_backchannel_authorization_request(bank, other):
    """And ensure-different-client-id-and-issuer-in-backchannel-authorization-request."""
    assert_refused(ask(bank, client_id=other.id), "invalid_client", 401)
    assert ask(bank, client_id=bank.id).status_code == 200


def test_ensure_without_client_assertion_in_backchannel_authorization_request(bank):
    answer = ask(bank, client_id=bank.id, client_assertion=None, client_assertion_type=None)
    assert_refused(answer, "invalid_client", 401)


def test_ensure_without_client_assertion_in_token_endpoint_request(bank, person):
    code = asked(bank)
    confirmed(person)
    assert_refused(poll(bank, code, credentials=({"client_id": bank.id}, {})),
                   "invalid_client", 401)
    assert poll(bank, code).status_code == 200


def test_ensure_client_assertion_signature_algorithm_is_rs256_fails(here, person):
    """At the backchannel endpoint and at the token endpoint."""
    party = far(here, "cibarsa", jwt_tools.rsa_key(), token_endpoint_auth_signing_alg="PS256")
    assert_refused(ask(party, **proof(party, alg="RS256")), "invalid_client", 401)
    code = asked(party)
    confirmed(person)
    answer = poll(party, code, credentials=(proof(party, alg="RS256"), {}))
    assert_refused(answer, "invalid_client", 401)
    assert poll(party, code).status_code == 200


def test_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds(here, bank, person):
    code = asked(bank)
    confirmed(person)
    answer = poll(bank, code, credentials=(proof(bank, aud=here.url), {}))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("status, body", [
    (200, b'{"thanks": true}'), (200, b"x" * 60000), (403, b"")], ids=["body", "long", "403"])
def test_ping_backchannel_notification_endpoint_response(here, receiver, person, status, body):
    """…-response-has-body, …-response-403: the tokens are there all the same, nobody asks again."""
    party = pinged(here, receiver, f"cibaping{status}-{len(body)}")
    receiver.status, receiver.body = status, body
    token = "n-0123456789abcdef"
    code = asked(party, client_notification_token=token)
    confirmed(person)
    [(path, headers, sent)] = receiver.wait(1)
    assert path == "/ping" and json.loads(sent) == {"auth_req_id": code}
    assert headers["Authorization"] == f"Bearer {token}"
    assert headers["Content-Type"] == "application/json"
    assert not called_again(here, receiver, party)
    assert poll(party, code).status_code == 200


def called_again(here, receiver, party):
    until(lambda: here.sql(
        "SELECT 1 FROM outbox WHERE client_id = ? AND state <> 'waiting'", party.id))
    with here.clock(60):  # past the first tries again
        time.sleep(1.2)
    return len(receiver.calls) > 1


def tls(folder, authority, mode):
    """Of an address that asks for client certificates."""
    key = jwt_tools.ec_key()
    leaf = authority.sign(key, "receiver", address="127.0.0.1")
    (folder / "receiver.pem").write_bytes(key_pem(key) + leaf.public_bytes(PEM))
    (folder / "clients.pem").write_bytes(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    context.load_verify_locations(folder / "clients.pem")
    context.verify_mode = mode
    return context


def test_ping_with_mtls_ciba_notification_endpoint_response_401_and_require_server_does_not_retry(
        here, receiver, person, authority, tmp_path):
    """A client's address that asks for certificates, of which the gateway has none to show."""
    receiver.with_tls(tls(tmp_path, authority, ssl.CERT_OPTIONAL))
    party = pinged(here, receiver, "cibamtls")
    receiver.status = 401
    code = asked(party, client_notification_token="n-0123456789abcdef")
    confirmed(person)
    [(_, headers, sent)] = receiver.wait(1)
    assert headers["Authorization"] == "Bearer n-0123456789abcdef"
    assert json.loads(sent) == {"auth_req_id": code}
    assert not called_again(here, receiver, party)
    assert poll(party, code).status_code == 200


def test_ensure_mtls_holder_of_key_required(here, person):
    """No token without the certificate, and it is of no use without it."""
    party = far(here, "cibaholder", dvara_profile="fapi2",
                backchannel_authentication_request_signing_alg="ES256",
                tls_client_certificate_bound_access_tokens=True)
    shown = {"Client-Cert": item(certify(jwt_tools.ec_key()))}
    answer = ask_signed(party, signed(party))
    assert answer.status_code == 200, answer.text
    code = answer.json()["auth_req_id"]
    confirmed(person)
    assert_refused(poll(party, code), "invalid_request")
    tokens = poll(party, code, headers=shown)
    assert tokens.status_code == 200, tokens.text
    token = tokens.json()["access_token"]
    assert set(jwt_tools.payload_of(token)["cnf"]) == {"x5t#S256"}
    other = {"Client-Cert": item(certify(jwt_tools.ec_key()))}
    assert party.userinfo(token).status_code == 401
    assert party.userinfo(token, headers=other).status_code == 401
    assert party.userinfo(token, headers=shown).status_code == 200


def test_refresh_token(bank, other, person):
    code = asked(bank)
    confirmed(person)
    token = poll(bank, code).json()["refresh_token"]
    assert_refused(other.refresh(token), "invalid_grant")
    assert bank.refresh(token).status_code == 200
