# SPDX-License-Identifier: Apache-2.0
"""A Flask application that signs people in and out, by Authlib from the gateway's discovery document."""
import os
from urllib.parse import urlencode, urlsplit

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session

ISSUER = os.environ["ISSUER"]
BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:3000")

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]  # of its own cookie
app.config.update(SESSION_COOKIE_NAME="example_session", SESSION_COOKIE_SAMESITE="Lax",
                  SESSION_COOKIE_SECURE=BASE_URL.startswith("https:"))
gateway = OAuth(app).register(
    "gateway",
    client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=ISSUER + "/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"})


@app.get("/")
def home():
    if "person" in session:
        return '<a id="sign-out" href="/logout">Sign out</a>'
    return '<a id="sign-in" href="/login">Sign in</a>'


@app.get("/login")
def login():
    return gateway.authorize_redirect(BASE_URL + "/callback")


@app.get("/callback")
def callback():
    tokens = gateway.authorize_access_token()  # checks state, nonce, and the ID token
    person = gateway.userinfo(token=tokens)
    session.clear()
    session.update(person=person, id_token=tokens["id_token"])
    return redirect("/me")


@app.get("/me")
def me():
    return jsonify(session["person"]) if "person" in session else redirect("/login")


@app.get("/logout")
def logout():
    words = {"id_token_hint": session.pop("id_token", ""), "client_id": gateway.client_id,
             "post_logout_redirect_uri": BASE_URL + "/"}
    session.clear()
    return redirect(gateway.load_server_metadata()["end_session_endpoint"] + "?" + urlencode(words))


if __name__ == "__main__":
    port = urlsplit(BASE_URL).port or 3000
    print(f"ready: {BASE_URL}", flush=True)
    app.run("127.0.0.1", port)
