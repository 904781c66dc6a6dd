# SPDX-License-Identifier: Apache-2.0
"""Who is signed in at the portal. The cookie holds a random name; what it stands for stays here."""
import secrets
import threading
import time

from flask import session

LIFE_S = 3600
MAX = 1000

_lock = threading.Lock()
_people = {}


def begin(person, login):
    """A new session under a new name, for what the gateway told about a person; login: {sid,
    id_token}, for signing out."""
    end()
    name = secrets.token_urlsafe(24)
    with _lock:
        _sweep()
        _people[name] = {"until": time.time() + LIFE_S, "person": person, "login": login,
                         "tokens": {}}
    session["id"] = name
    session["form"] = secrets.token_urlsafe(16)


def current():
    """{person, login, tokens} or None."""
    with _lock:
        found = _people.get(session.get("id"))
    return found if found and found["until"] > time.time() else None


def end():
    with _lock:
        _people.pop(session.get("id"), None)
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def end_where(sid, sub):
    """Of the login sid, or of all logins of sub where that is None, in every browser."""
    with _lock:
        for name, one in list(_people.items()):
            if one["login"]["sid"] == sid if sid else one["person"]["sub"] == sub:
                del _people[name]


def form_is_ours(value):
    """A form of our own pages carries what the cookie has."""
    return secrets.compare_digest(session.get("form", ""), value or "-")


def _sweep():
    now = time.time()
    for name in [name for name, one in _people.items() if one["until"] <= now]:
        del _people[name]
    while len(_people) >= MAX:
        del _people[next(iter(_people))]
