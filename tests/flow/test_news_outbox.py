# SPDX-License-Identifier: Apache-2.0
"""How news get from a plugin's step to the gateway (plugins/host/news.c): dvara-service alone, with
a stand-in for the gateway that answers as told."""

import time

import pytest

import jwt_tools
from gateway import stop
from service_host import Host, Stub, until


def references(forms):
    return [form.get("reference") for form in forms]


@pytest.fixture
def stub():
    here = Stub()
    yield here
    here.server.shutdown()
    here.server.server_close()


@pytest.fixture
def host(tmp_path, stub):
    host = Host(tmp_path, stub)
    host.start()
    yield host
    stop(host.process)


def test_told_as_itself(host, stub):
    host.tell("N-1")
    host.tell(None, subject="somebody", clients="portal other")
    until(lambda: len(stub.told()) == 2)
    (path, first, _), (_, second, _) = stub.received
    assert path == "/news"
    assert {name: first[name] for name in ("sub", "type", "reference", "client_id")} == {
        "sub": "person", "type": "note.written", "reference": "N-1", "client_id": "borrower"}
    assert "clients" not in first and second["clients"] == "portal other"
    assert second["sub"] == "somebody" and first["id"] != second["id"] and len(first["id"]) == 22
    claims = jwt_tools.payload_of(first["client_assertion"])
    assert claims["iss"] == claims["sub"] == "borrower" and claims["aud"] == stub.url
    assert "token" not in first, "nobody's token is needed"
    until(lambda: host.waiting() == [(0,)])


def test_not_told_when_undone(host, stub):
    host.tell("undone", status=403, undo="yes")
    host.tell("done")
    until(lambda: stub.told())
    assert references(stub.told()) == ["done"]


def test_the_gateway_is_away_and_back(host, stub):
    stub.answer = 503
    for n in range(30):
        host.tell(f"N-{n}")
    until(lambda: stub.refused())
    stub.answer = 204
    until(lambda: len(stub.told()) >= 30)
    assert references(stub.told()) == [f"N-{n}" for n in range(30)], "once each, and in order"
    until(lambda: host.waiting() == [(0,)])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_kept_whatever_is_wrong_there(host, stub, status):
    stub.answer = status
    host.tell("kept")
    until(lambda: stub.refused())
    stub.answer = 204
    until(lambda: stub.told())
    assert {form["id"] for form in stub.refused()} == {stub.told()[0]["id"]}, "the same news"
    jtis = [jwt_tools.payload_of(form["client_assertion"])["jti"]
            for form in stub.refused() + stub.told()]
    assert len(jtis) == len(set(jtis)), "an assertion serves once"


def test_what_the_gateway_does_not_take_is_in_nobodys_way(host, stub):
    stub.answer = lambda form: 400 if form["reference"] == "bad" else 204
    host.tell("bad")
    host.tell("good")
    until(lambda: stub.told())
    assert references(stub.told()) == ["good"]
    until(lambda: host.waiting() == [(0,)])
    assert references(stub.refused()) == ["bad"]


def test_killed_between(host, stub):
    stub.answer = 503
    host.tell("late")
    until(lambda: stub.refused())
    host.kill()
    n = len(stub.refused())
    host.start()
    until(lambda: len(stub.refused()) > n)
    stub.answer = 204
    until(lambda: stub.told())
    assert {form["id"] for form in stub.refused() + stub.told()} == {stub.told()[0]["id"]}
    until(lambda: host.waiting() == [(0,)])


@pytest.mark.parametrize("wrong", [
    {"type": "note.read"}, {"type": ""}, {"reference": "x" * 65}, {"reference": "a\nb"},
    {"reference": "é"}, {"subject": ""}, {"subject": "x" * 256}, {"n": "101"}, {"clients": ""},
    {"clients": "x" * 1001}, {"clients": "a\tb"}])
def test_what_cannot_be_told(host, stub, wrong):
    host.tell(**{"reference": "x", "status": 400, **wrong})
    assert host.waiting() == [(0,)] and not stub.received


def test_a_hundred_of_one_step(host, stub):
    host.tell("many", n="100")
    until(lambda: len(stub.told()) == 100)
    assert len({form["id"] for form in stub.told()}) == 100


def test_no_more_than_so_many_wait(host, stub):
    stub.answer = 503
    host.tell("first")
    until(lambda: stub.refused())
    host.waiting("INSERT INTO dvara_news (number, id, subject, type, reference, since_s)"
                 " VALUES (50000, 'x', 'person', 'note.written', 'last', ?)", int(time.time()))
    host.tell("over", status=503)
    stub.answer = 204
    until(lambda: len(stub.told()) == 2)
    until(lambda: host.waiting() == [(0,)])
    host.tell("again")
    until(lambda: "again" in references(stub.told()))


def test_too_old_to_be_told(host, stub):
    host.kill()
    host.waiting("INSERT INTO dvara_news (number, id, subject, type, reference, since_s)"
                 " VALUES (1, 'x', 'person', 'note.written', 'old', ?)",
                 int(time.time()) - 8 * 86400)
    host.start()
    host.tell("new")
    until(lambda: stub.told() and host.waiting() == [(0,)])
    assert references(stub.told()) == ["new"]
