# SPDX-License-Identifier: Apache-2.0
"""What the servers of the bench are asked, each a turn of wrk: figures of one turn as a dictionary."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

import requests

import jwt_tools
from dpop import Proofs
from servers import FAPI_KEY, REDIRECT_URI, ROOT, SCOPE, cpu_s

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"   # RFC 7636 appendix B, and its challenge
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CONNECTIONS, THREADS = 64, 2
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def request_of(client):
    return {"client_id": client, "response_type": "code", "redirect_uri": REDIRECT_URI,
            "scope": SCOPE, "state": "s", "nonce": "n", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256"}


def form_of(client):
    return {"grant_type": "authorization_code", "client_id": client, "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER}


def turn(server, script, seconds, environment):
    """One turn of wrk; rate, time of the processor and times of the answers for each thing done.  With one answer
    wrong or lost there are no figures: what is refused costs less than what is done."""
    folder = ROOT / "tests/bench"
    before = cpu_s(server.pid)
    wrk = subprocess.run(
        ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(folder / script), server.url],
        env={**os.environ, **server.paths, "TURN": str(folder / "turn.lua"), **environment},
        capture_output=True, text=True)
    cpu = cpu_s(server.pid) - before
    figures = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", wrk.stdout)}
    if wrk.returncode or not figures["done"] or figures["wrong"] or figures["lost"]:
        sys.exit(f"tests/bench: {script} with {server.name}: wrk ended with {wrk.returncode}, {figures}\n{wrk.stderr}")
    return {"done": figures["done"], "per_s": figures["done"] / (figures["us"] / 1e6),
            "cpu_us": cpu / figures["done"] * 1e6, "p50_ms": figures["p50"] / 1000,
            "p99_ms": figures["p99"] / 1000}


def cookie_line(cookies):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


def logins(server, seconds):
    """/authorize with a session, /token, /userinfo; each leaves its rows before it is answered."""
    request = request_of("bench")
    cookies, _ = server.sign_in(request)
    before = server.rows()
    figures = turn(server, "login.lua", seconds, {
        "COOKIE": cookie_line(cookies),
        "FORM": urllib.parse.urlencode({**form_of("bench"), "client_secret": server.secret}),
        "AUTHORIZE": f"{server.paths['AUTHORIZE']}?{urllib.parse.urlencode(request)}"})
    for name, n_rows in server.rows().items():
        if n_rows - before[name] < figures["done"]:
            sys.exit(f"tests/bench: {figures['done']} logins left {n_rows - before[name]} rows of {name}")
    return figures


def assertion(server):
    now = int(time.time())
    return jwt_tools.sign(FAPI_KEY, {"alg": "ES256", "kid": "k1"}, {
        "iss": "fapi", "sub": "fapi", "aud": server.url, "iat": now, "exp": now + 300,
        "jti": os.urandom(16).hex()}, "ES256")


def authenticated(server):
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(server)}


def fapi_logins(server, seconds):
    """/par, /authorize with a session, /token: private_key_jwt twice, a DPoP proof.  Every signature of the client
    is made before the turn."""
    pushed = requests.post(server.url + server.paths["PAR"], timeout=20, data={
        **request_of("fapi"), **authenticated(server)}).json()
    cookies, _ = server.sign_in({"client_id": "fapi", "request_uri": pushed["request_uri"]})
    proofs = Proofs()
    token_url = server.url + server.paths["TOKEN"]
    with tempfile.NamedTemporaryFile("w", suffix=".signed") as signed:
        for _ in range(server.SIGNED_PER_S * seconds):
            print(assertion(server), assertion(server), proofs.make("POST", token_url), file=signed)
        signed.flush()
        return turn(server, "fapi.lua", seconds, {
            "COOKIE": cookie_line(cookies), "SIGNED": signed.name, "THREADS": str(THREADS),
            "ASSERTION_TYPE": urllib.parse.quote_plus(ASSERTION_TYPE),
            "REQUEST": urllib.parse.urlencode(request_of("fapi")),
            "FORM": urllib.parse.urlencode(form_of("fapi"))})


def tokens_of(server):
    """Tokens of the client "rates", from one login."""
    _, location = server.sign_in(request_of("rates"))
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
    answer = requests.post(server.url + server.paths["TOKEN"], timeout=20, data={
        **form_of("rates"), "client_secret": server.rates_secret, "code": code})
    return answer.json()


def rates(server, seconds):
    """{name: turn} of single requests that are the same each time."""
    tokens = tokens_of(server)
    client = {"client_id": "rates", "client_secret": server.rates_secret}
    asked = {
        "introspection": ("INTROSPECT", {**client, "token": tokens["access_token"]}, "", '"active":true'),
        "refresh": ("TOKEN", {**client, "grant_type": "refresh_token",
                              "refresh_token": tokens["refresh_token"]}, "", '"id_token":'),
        "userinfo": ("USERINFO", None, f"Bearer {tokens['access_token']}", '"email":'),
    }
    return {name: turn(server, "same.lua", seconds, {
        "PATH_ASKED": server.paths[path], "FORM": urllib.parse.urlencode(form) if form else "",
        "AUTHORIZATION": authorization, "EXPECTED": expected})
            for name, (path, form, authorization, expected) in asked.items()}
