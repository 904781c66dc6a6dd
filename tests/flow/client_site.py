# SPDX-License-Identifier: Apache-2.0
"""A client's own web site: https on loopback, by a throw-away authority.  It answers what a test
wrote, and counts who came."""

import http.server
import json
import ssl
import threading

import jwt_tools
from gateway import free_port
from pki import PEM, Authority, key_pem


class Site:
    """with Site(folder) as site: site.put("/jwks", {...}); site.url; site.ca_file; site.asked"""

    def __init__(self, folder):
        self.pages, self.asked = {}, []
        authority, key = Authority("site authority"), jwt_tools.ec_key()
        self.ca_file, pair = folder / "site-ca.pem", folder / "site.pem"
        self.ca_file.write_bytes(authority.pem)
        certificate = authority.sign(key, "site", address="127.0.0.1")
        pair.write_bytes(key_pem(key) + certificate.public_bytes(PEM))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(pair)
        self.port = None
        self.start()

    def start(self):
        """Again on the same port after stop()."""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self):  # the name is http.server's
                site.asked.append(self.path)
                status, kind, body, headers = site.pages.get(
                    self.path, (404, "text/plain", b"nothing", {}))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass

            def finish_request(self, request, client_address):
                request.settimeout(20)
                with site.tls.wrap_socket(request, server_side=True) as secured:
                    self.RequestHandlerClass(secured, client_address, self)

        self.server = Server(("127.0.0.1", self.port or free_port()), Handler)
        self.port = self.server.server_port
        self.url = f"https://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.stop()

    def put(self, path, body, kind="application/json", status=200, headers=None):
        """body: bytes as they are, or a thing for JSON.  The address of it."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.pages[path] = (status, kind, body, headers or {})
        return self.url + path

    def n_asked(self, path):
        return self.asked.count(path)
