# SPDX-License-Identifier: Apache-2.0
"""The demo portal: a small government portal, a stock relying party (Flask, Authlib).

    /usr/bin/python3 portal.py CONFIG.json

Read next: pages.py (what a person sees), relying_party.py (what it takes to sign people in)."""
import json
import ssl
import sys
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

import pages


class Handler(WSGIRequestHandler):
    """A log without query strings: codes travel in them."""

    def log_request(self, code="-", size="-"):
        self.log("info", "%s %s %s", self.command, self.path.split("?")[0], code)


def make_app(config):
    app = Flask(__name__)
    app.secret_key = config["session_key"]
    app.config.update(
        SESSION_COOKIE_NAME="dvara_portal",
        SESSION_COOKIE_SECURE=config["base"].startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024)
    pages.add(app, config)
    return app


def main():
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    tls = None
    if config["certificate"]:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(config["certificate"], config["key"])
    make_server(config["host"], config["port"], make_app(config), threaded=True,
                request_handler=Handler, ssl_context=tls).serve_forever()


if __name__ == "__main__":
    main()
