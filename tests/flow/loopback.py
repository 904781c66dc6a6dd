# SPDX-License-Identifier: Apache-2.0
"""What stands beside a gateway and is called by it: an HTTP server on loopback, with threads."""

import http.server
import threading


def serve(handler):
    """The server, which serves already, and its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"
