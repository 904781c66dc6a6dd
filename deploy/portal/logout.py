# SPDX-License-Identifier: Apache-2.0
"""Signing out, both ways: the portal sends the person to the gateway (OpenID Connect RP-Initiated
Logout 1.0), and the gateway tells the portal when the person signed out elsewhere (Back-Channel
Logout 1.0)."""
import threading
import time
from urllib.parse import urlencode

from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError

EVENT = "http://schemas.openid.net/event/backchannel-logout"
SKEW_S = 60
KEEP_S = 300  # longer than a logout token lives

_lock = threading.Lock()
_known = {}  # jti: until when it is remembered


def address(party, id_token, back, language):
    """Where the person goes to sign out everywhere, and comes back from."""
    there = party.gateway.load_server_metadata()["end_session_endpoint"]
    return there + "?" + urlencode({
        "id_token_hint": id_token, "post_logout_redirect_uri": back, "ui_locales": language})


def opened(party, token, alg):
    """{sid, sub} of a logout token (section 2.6); ValueError where it is none for us."""
    try:
        claims = _decoded(party, token, alg)
        claims.validate(leeway=SKEW_S)
    except JoseError as error:
        raise ValueError(f"no logout token: {error}") from None
    if claims.header.get("typ") != "logout+jwt":
        raise ValueError("typ is of another kind of token")
    if EVENT not in claims.get("events", {}) or "nonce" in claims:
        raise ValueError("it is no logout token")
    if not claims.get("sid") and not claims.get("sub"):
        raise ValueError("it names nobody")
    _once(claims["jti"])
    return {"sid": claims.get("sid"), "sub": claims.get("sub")}


def _decoded(party, token, alg):
    """With the keys that are known; a new one of the gateway is fetched."""
    options = {"iss": {"essential": True, "value": party.issuer},
               "aud": {"essential": True, "value": party.gateway.client_id},
               "iat": {"essential": True}, "exp": {"essential": True}, "jti": {"essential": True},
               "events": {"essential": True}}
    reader = JsonWebToken([alg])
    try:
        keys = JsonWebKey.import_key_set(party.gateway.fetch_jwk_set())
        return reader.decode(token, keys, claims_options=options)
    except (JoseError, ValueError):
        keys = JsonWebKey.import_key_set(party.gateway.fetch_jwk_set(force=True))
        return reader.decode(token, keys, claims_options=options)


def _once(jti):
    now = time.time()
    with _lock:
        for old in [one for one, until in _known.items() if until < now]:
            del _known[old]
        if jti in _known:
            raise ValueError("it came before")
        _known[jti] = now + KEEP_S
