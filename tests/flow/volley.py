# SPDX-License-Identifier: Apache-2.0
"""The same request many times at one moment: on connections that are open already, to several
processes of one gateway in turn, written before the first answer is read."""

import http.client
import socket
import urllib.parse


class Volley:
    """host: of the issuer; ports: of the processes."""

    def __init__(self, host, ports, n_at_once=64):
        self.host = host
        self.lines = [socket.create_connection(("127.0.0.1", ports[i % len(ports)]), 20)
                      for i in range(n_at_once)]
        for line in self.lines:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path, headers=None, **query):
        return self.fire("GET", f"{path}?{urllib.parse.urlencode(query)}", headers or {}, "")

    def post(self, path, form, headers=None):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.fire("POST", path, {**kind, **(headers or {})}, urllib.parse.urlencode(form))

    def fire(self, method, target, headers, body):
        """The answers: http.client.HTTPResponse, each with its body as text."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}",
                 f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
        for line in self.lines:
            line.sendall(message)
        return [answer_of(line, method) for line in self.lines]

    def close(self):
        for line in self.lines:
            line.close()


def answer_of(line, method):
    answer = http.client.HTTPResponse(line, method=method)
    answer.begin()
    answer.text = answer.read().decode()
    assert not answer.will_close
    return answer
