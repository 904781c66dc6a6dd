# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one gateway for all tests of a run, clients of every kind, a browser for each test."""

import json

import pytest

import jwt_tools
from browser import Browser
from gateway import ROOT, Gateway
from relying_party import RelyingParty
from suite_logs import pytest_runtest_makereport  # noqa: F401 (a hook)
from vci_wallet import issuer_settings
from vp_wallet import wallet_settings

ALL_SCOPES = "openid profile email phone address"
GRANTS = ["authorization_code", "refresh_token"]


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """A running gateway with the personas of conf/demo."""
    with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="session")
def issue_gateway(tmp_path_factory):
    """One that issues the credentials of conf/demo, and takes them at a login."""
    folder = tmp_path_factory.mktemp("issue")
    running = Gateway(folder)
    authority, settings = issuer_settings(folder, running.url)
    running.settings.update(settings | wallet_settings(folder, authority))
    running.settings["issue.types_folder"] = ROOT / "conf/demo/credentials"
    with running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def issue_browser(issue_gateway):
    return Browser(issue_gateway)


@pytest.fixture(scope="session")
def issue_rp(issue_gateway):
    return client(issue_gateway, "issue-rp", jwt_tools.ec_key())


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


@pytest.fixture
def other_browser(gateway):
    return Browser(gateway)


def client(gateway, name, key=None, **metadata):
    return RelyingParty(gateway, {
        "client_id": name, "client_name": name.upper(),
        "redirect_uris": [f"https://{name}.test/cb"], "scope": ALL_SCOPES, **metadata}, key)


@pytest.fixture(scope="session")
def rp1(gateway):
    """Confidential, private_key_jwt, ES256, two redirect addresses."""
    return client(gateway, "rp1", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  redirect_uris=["https://rp1.test/cb", "https://rp1.test/other?fixed=1"])


@pytest.fixture(scope="session")
def rp2(gateway):
    """Another sector, private_key_jwt."""
    return client(gateway, "rp2", jwt_tools.ec_key())


@pytest.fixture(scope="session")
def fapi(gateway):
    """Of the profile fapi2."""
    return client(gateway, "fapi", jwt_tools.ec_key(), dvara_profile="fapi2")


@pytest.fixture(scope="session")
def leg1(gateway):
    """client_secret_basic, nothing else said: RS256, PKCE, all standard scopes."""
    return client(gateway, "leg1")


@pytest.fixture(scope="session")
def post1(gateway):
    """client_secret_post, ES256."""
    return client(gateway, "post1", token_endpoint_auth_method="client_secret_post",
                  id_token_signed_response_alg="ES256")


@pytest.fixture(scope="session")
def nopkce(gateway):
    """As the basic certification plan: no PKCE."""
    return client(gateway, "nopkce", dvara_require_pkce=False)


@pytest.fixture(scope="session")
def pub1(gateway):
    """Public and native, on loopback."""
    return client(gateway, "pub1", redirect_uris=["http://127.0.0.1/cb"],
                  token_endpoint_auth_method="none", application_type="native")


@pytest.fixture(scope="session")
def keeper(gateway):
    """Confidential, private_key_jwt, with refresh tokens."""
    return client(gateway, "keeper", jwt_tools.ec_key(), grant_types=GRANTS,
                  id_token_signed_response_alg="ES256", scope=f"{ALL_SCOPES} offline_access")


@pytest.fixture(scope="session")
def basic1(gateway):
    """client_secret_basic with refresh tokens, its scopes by default."""
    return client(gateway, "basic1", scope=None, grant_types=GRANTS)


@pytest.fixture(scope="session")
def app(gateway):
    """Public and native, with refresh tokens."""
    return client(gateway, "app", redirect_uris=["http://127.0.0.1/cb"], grant_types=GRANTS,
                  token_endpoint_auth_method="none", application_type="native",
                  scope=f"{ALL_SCOPES} offline_access")
