# SPDX-License-Identifier: Apache-2.0
"""oidcc-config-certification-test-plan: the one module, and what it checks of the document."""

import urllib.parse

import requests

from suite import discovered

NEEDED = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri",
          "response_types_supported", "subject_types_supported",
          "id_token_signing_alg_values_supported"]
HTTPS_EXCEPT_HERE = ("http", "https")  # the tests' gateway speaks http behind its proxy


def test_oidcc_discovery_endpoint_verification(gateway):
    server = discovered(gateway)
    assert not [name for name in NEEDED if not server.get(name)]
    assert server["issuer"] == gateway.url
    for name, value in server.items():
        assert value not in ([], "", None), name  # RFC 8414 section 3.2
        if name.endswith(("_endpoint", "_uri")):
            parts = urllib.parse.urlsplit(value)
            assert parts.scheme in HTTPS_EXCEPT_HERE and parts.netloc and not parts.fragment, name
            assert value.startswith(server["issuer"] + "/"), name
        if name.endswith("_supported"):
            assert isinstance(value, (bool, list)), name
            if isinstance(value, list):
                assert all(isinstance(one, str) for one in value), name
                assert len(set(value)) == len(value), name
    assert "code" in server["response_types_supported"]
    assert set(server["subject_types_supported"]) <= {"pairwise", "public"}
    assert "RS256" in server["id_token_signing_alg_values_supported"]
    assert "authorization_code" in server["grant_types_supported"]
    assert "openid" in server["scopes_supported"]
    assert server["claims_supported"] and server["claims_parameter_supported"] is True


def test_the_keys_are_public_and_named_once(gateway):
    keys = requests.get(discovered(gateway)["jwks_uri"], timeout=20).json()["keys"]
    kids = [key["kid"] for key in keys]
    assert keys and len(set(kids)) == len(kids)
    assert not [key for key in keys if {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()]
    assert {key["kty"] for key in keys} >= {"RSA", "EC"}
