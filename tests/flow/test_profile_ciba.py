# SPDX-License-Identifier: Apache-2.0
"""fapi-ciba-id1-test-plan: the modules that are not in test_ciba.py already."""

import pytest

import jwt_tools
from relying_party import ASSERTION_TYPE
from test_ciba import (
    ask, asked, authority, bank, confirmed, far, here, nothing_waits, other, person, pinged, poll,
    receiver)
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


@pytest.mark.parametrize("status", [200, 403])
def test_ping_backchannel_notification_endpoint_response(here, receiver, person, status):
    """…-response-403, and 200 (…-has-body, but without one): the tokens are there all the same."""
    party = pinged(here, receiver, f"cibaping{status}")
    receiver.status = status
    code = asked(party, client_notification_token="n-0123456789abcdef")
    confirmed(person)
    receiver.wait(1)
    assert poll(party, code).status_code == 200


def test_refresh_token(bank, other, person):
    code = asked(bank)
    confirmed(person)
    token = poll(bank, code).json()["refresh_token"]
    assert_refused(other.refresh(token), "invalid_grant")
    assert bank.refresh(token).status_code == 200
