# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on loopback whose answers are Python methods."""
import http.server
import json
import ssl
import threading
import urllib.parse


class Refusal(Exception):
    """An OAuth error as the answer."""

    def __init__(self, error, status=400, headers=None):
        super().__init__(error)
        self.error, self.status, self.headers = error, status, headers or {}


class Server:
    """Subclasses set self.routes {(method, path): function(request) -> (status, headers, body)}."""

    def __init__(self):
        self.routes = {}
        self.seen = []  # (method, path) of every request
        self.surprises = {}  # path: function(request) that answers instead, for negative tests
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def use_tls(self, certificate_file, key_file):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_file, key_file)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.base = f"https://localhost:{self.http.server_port}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def _handler(server):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                n_body = int(self.headers.get("Content-Length", 0))
                self.body = self.rfile.read(n_body).decode()
                server.seen.append((self.command, url.path))
                answer = server.surprises.get(url.path) or server.routes.get(
                    (self.command, url.path))
                try:
                    status, headers, body = answer(self) if answer else (404, {}, "")
                except Refusal as refusal:
                    status, headers = refusal.status, {"Content-Type": "application/json"}
                    headers.update(refusal.headers)
                    body = json.dumps({"error": refusal.error, "error_description": "told\nso"})
                self.reply(status, headers, body)

            do_POST = do_GET

            def reply(self, status, headers, body):
                octets = body if isinstance(body, bytes) else body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                try:
                    self.wfile.write(octets)
                except OSError:
                    pass

            def form(self):
                assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
                pairs = urllib.parse.parse_qsl(
                    self.body, keep_blank_values=True, strict_parsing=True)
                assert len(dict(pairs)) == len(pairs)
                return dict(pairs)

            def log_message(self, *words):
                pass

        return Handler


def reply_json(value, status=200):
    return status, {"Content-Type": "application/json", "Cache-Control": "no-store"}, \
        json.dumps(value)
