# SPDX-License-Identifier: Apache-2.0
"""The web wallet at /wallet/: files for the browser, and whom it trusts. The portal keeps nothing of
it: keys and credentials stay in the browser."""
from pathlib import Path

from flask import Blueprint, abort, send_file

FOLDER = Path(__file__).with_name("wallet")
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css",
         ".json": "application/json", ".svg": "image/svg+xml",
         ".webmanifest": "application/manifest+json"}
# A wallet talks to whichever issuer or verifier a link names: to connect is its trade.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "manifest-src 'self'; worker-src 'self'; connect-src 'self' {issuer} https:; "
          "form-action 'none'; frame-ancestors 'none'; base-uri 'none'")


def add(app, config):
    wallet = Blueprint("wallet", __name__, url_prefix="/wallet")
    files = {str(path.relative_to(FOLDER)): path
             for path in FOLDER.rglob("*") if path.suffix in TYPES}
    files[""], files["style.css"] = files.pop("index.html"), Path(config["style"])
    anchors = [_der(pem) for name in config["anchors"]
               for pem in Path(name).read_text(encoding="ascii").split("-----END CERTIFICATE-----")
               if "-----BEGIN CERTIFICATE-----" in pem]

    @wallet.get("/trust.json")
    def trust():
        return {"anchors": anchors}

    @wallet.get("/", defaults={"name": ""})
    @wallet.get("/<path:name>")
    def file(name):
        if name not in files:
            abort(404)
        return send_file(files[name], mimetype=TYPES[files[name].suffix])

    @wallet.after_request
    def guard(answer):
        answer.headers["Content-Security-Policy"] = POLICY.format(issuer=config["issuer"])
        answer.headers["Permissions-Policy"] = "camera=(self)"
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    app.register_blueprint(wallet)


def _der(pem):
    return "".join(pem.split("-----BEGIN CERTIFICATE-----")[1].split())
