# SPDX-License-Identifier: Apache-2.0
"""Tokens for other eyes: ID tokens by every algorithm, signed userinfo, and both encrypted for the
client (OpenID Connect Core sections 5.3.2 and 10.2)."""

import json

import pytest
import requests
from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import jwt_tools
from conftest import client
from relying_party import query_of

ENC_KEYS = {"EC": jwt_tools.ec_key(), "RSA": jwt_tools.rsa_key()}
ALGS = ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
ENCS = ["A128GCM", "A256GCM", "A128CBC-HS256"]


def kty(alg):
    return "RSA" if alg.startswith("RSA") else "EC"


def keys(*more):
    """Public: one of each kind for encryption, one that is not for it before them."""
    signing = {**jwt_tools.public_jwk(jwt_tools.ec_key(), "s"), "use": "sig"}
    return {"keys": [signing, *more, *[
        {**jwt_tools.public_jwk(key, kind), "use": "enc"} for kind, key in ENC_KEYS.items()]]}


def known(gateway, name, **metadata):
    name = name.lower().replace("+", ".")
    return client(gateway, name, client_secret="known to the tests", **metadata)


def sealed(gateway, name, **metadata):
    return known(gateway, name, jwks=keys(), token_endpoint_auth_method="client_secret_basic",
                  **metadata)


def private(kind):
    return JsonWebKey.import_key(
        ENC_KEYS[kind].private_bytes(*pem()), {"kty": kind, "kid": kind})


def pem():
    return (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())


def unsealed(jwe, alg, enc):
    header = jwt_tools.header_of(jwe)
    assert (header["alg"], header["enc"], header["kid"]) == (alg, enc, kty(alg))
    assert "zip" not in header and "d" not in header.get("epk", {})
    opened = JsonWebEncryption().deserialize_compact(jwe, private(kty(alg)))
    return header, opened["payload"].decode()


def verified(rp, jwt, alg):
    found = JsonWebKey.import_key_set(requests.get(f"{rp.gateway.url}/jwks", timeout=20).json())
    claims = JsonWebToken([alg]).decode(jwt, found, claims_options={
        "iss": {"essential": True, "value": rp.gateway.url},
        "aud": {"essential": True, "value": rp.id}, "sub": {"essential": True}})
    claims.validate()
    return dict(claims)


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("alg", ALGS)
def test_an_encrypted_id_token(gateway, browser, alg, enc):
    rp = sealed(gateway, f"seal-{alg}-{enc}", id_token_encrypted_response_alg=alg,
                id_token_encrypted_response_enc=enc, id_token_signed_response_alg="ES256")
    tokens = rp.tokens(browser)
    header, inner = unsealed(tokens["id_token"], alg, enc)
    assert header["cty"] == "JWT"
    assert verified(rp, inner, "ES256")["nonce"] == rp.sent["nonce"]
    again = rp.tokens(browser)["id_token"]
    assert again.split(".")[1:3] != tokens["id_token"].split(".")[1:3] or alg == "ECDH-ES"
    assert again.split(".")[2] != tokens["id_token"].split(".")[2]
    # the signed one inside is a hint, the sealed one is not
    answer = query_of(rp.authorize(browser, prompt="none", id_token_hint=inner))
    assert "code" in answer
    answer = query_of(rp.authorize(browser, prompt="none", id_token_hint=again))
    assert answer["error"] == "invalid_request"


def userinfo(rp, browser):
    tokens = rp.tokens(browser, scope="openid email", claims=["email"])
    return rp.userinfo(tokens["access_token"])


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_signed_userinfo(gateway, browser, alg):
    rp = known(gateway, f"seal-ui-{alg}", userinfo_signed_response_alg=alg)
    answer = userinfo(rp, browser)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/jwt"
    claims = verified(rp, answer.text, alg)
    assert claims.keys() == {"iss", "aud", "sub", "email"}


@pytest.mark.parametrize("alg", ALGS)
def test_signed_and_encrypted_userinfo(gateway, browser, alg):
    rp = sealed(gateway, f"seal-both-{alg}", userinfo_encrypted_response_alg=alg,
                userinfo_signed_response_alg="ES256")
    answer = userinfo(rp, browser)
    assert answer.headers["Content-Type"] == "application/jwt"
    header, inner = unsealed(answer.text, alg, "A128CBC-HS256")
    assert header["cty"] == "JWT" and "email" in verified(rp, inner, "ES256")


def test_encrypted_userinfo_that_is_not_signed(gateway, browser):
    rp = sealed(gateway, "seal-bare", userinfo_encrypted_response_alg="ECDH-ES",
                userinfo_encrypted_response_enc="A256GCM")
    header, inner = unsealed(userinfo(rp, browser).text, "ECDH-ES", "A256GCM")
    assert "cty" not in header and json.loads(inner).keys() == {"sub", "email"}


def test_an_encrypted_answer(gateway, browser):
    rp = sealed(gateway, "seal-jarm", authorization_signed_response_alg="ES256",
                authorization_encrypted_response_alg="ECDH-ES+A128KW",
                authorization_encrypted_response_enc="A128GCM")
    answer = query_of(rp.sign_in(browser, response_mode="jwt"))
    _, inner = unsealed(answer["response"], "ECDH-ES+A128KW", "A128GCM")
    assert jwt_tools.payload_of(inner)["state"] == rp.sent["state"]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_id_tokens_by_the_clients_algorithm(gateway, browser, alg):
    rp = known(gateway, f"seal-alg-{alg}", id_token_signed_response_alg=alg)
    tokens = rp.tokens(browser)
    assert jwt_tools.header_of(tokens["id_token"])["alg"] == alg
    assert rp.id_token(tokens)["nonce"] == rp.sent["nonce"]


@pytest.mark.parametrize("bad", [
    {"id_token_encrypted_response_alg": "RSA1_5"}, {"id_token_encrypted_response_alg": "RSA-OAEP"},
    {"id_token_encrypted_response_alg": "dir"}, {"id_token_encrypted_response_alg": "A128KW"},
    {"id_token_encrypted_response_enc": "A128GCM"},
    {"userinfo_encrypted_response_alg": "ECDH-ES", "userinfo_encrypted_response_enc": "A192GCM"},
    {"userinfo_signed_response_alg": "none"}, {"userinfo_signed_response_alg": "HS256"},
    {"userinfo_signed_response_alg": "RS256", "dvara_profile": "fapi2"},
    {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": None},
    {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [
        jwt_tools.public_jwk(jwt_tools.ec_key(), "k1")]}},
    {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [
        {**jwt_tools.public_jwk(jwt_tools.ec_key(), "k1"), "use": "sig"}]}},
    {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [
        {**jwt_tools.public_jwk(jwt_tools.ec_key(), "k1"), "alg": "ECDH-ES+A256KW"}]}}])
def test_t19_registration(gateway, bad):
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({
        "client_id": "sealbad", "redirect_uris": ["https://sealbad.test/cb"], "jwks": keys(), **bad}))
    gateway.dvara("client", "apply", path, expect=1)


def test_a_key_on_p384(gateway, browser):
    key = ec.generate_private_key(ec.SECP384R1())
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-384", "kid": "p384", "use": "enc",
           "x": jwt_tools.number(numbers.x, 48), "y": jwt_tools.number(numbers.y, 48)}
    rp = known(gateway, "seal-384", jwks={"keys": [jwk]},
                token_endpoint_auth_method="client_secret_basic",
                id_token_encrypted_response_alg="ECDH-ES+A256KW")
    own = JsonWebKey.import_key(key.private_bytes(*pem()), {"kty": "EC"})
    opened = JsonWebEncryption().deserialize_compact(rp.tokens(browser)["id_token"], own)
    assert opened["payload"].count(b".") == 2


def test_discovery(gateway):
    metadata = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    for what in ("id_token", "userinfo", "authorization"):
        assert metadata[f"{what}_encryption_alg_values_supported"] == ALGS
        assert metadata[f"{what}_encryption_enc_values_supported"] == ENCS
    assert set(metadata["userinfo_signing_alg_values_supported"]) == {
        "RS256", "ES256", "PS256", "EdDSA"}
