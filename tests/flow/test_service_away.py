# SPDX-License-Identifier: Apache-2.0
"""What a plugin's callers hear when its gateway is away: 503, to be asked again; and that nothing is
given where the gateway gives nothing."""

import json
import signal

import pytest

from gateway import stop
from service_host import Host, Stub, until


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    host = Host(tmp_path_factory.mktemp("away"), Stub())
    yield host
    stop(host.process)
    host.stub.server.shutdown()


@pytest.mark.parametrize("keys", [503, 404])
def test_the_keys_are_away(host, keys):
    host.stub.keys = keys
    host.start(503)
    assert "the gateway's keys: " in (host.folder / "log").read_text()
    host.stub.keys = 200
    until(lambda: host.answers(200))
    host.kill()


@pytest.mark.parametrize("answer, status", [
    (503, 503), (500, 503), (429, 503), (200, 503), (404, 403), (403, 403), (401, 403)])
def test_attributes(host, answer, status):
    if host.process.poll() is not None:
        host.start()
    host.stub.answer = answer  # of no bytes: what is 200 without an object is none
    got, body = host.call("/attributes", names="given_name")
    assert got == status and json.loads(body)["status"] == status


def test_a_caller_who_has_gone_is_not_acted_for(host):
    """Who was told 503 while the call stood in the queue may ask again."""
    if host.process is None or host.process.poll() is not None:
        host.start()
    host.stub.answer = 403
    del host.stub.received[:]
    host.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(5):
            host.called("/attributes", names="given_name").close()
        waits = host.called("/attributes", names="given_name")
    finally:
        host.process.send_signal(signal.SIGCONT)
    assert waits.getresponse().status == 403
    waits.close()
    assert host.call("/attributes", names="given_name")[0] == 403
    assert len(host.stub.received) == 2
