# SPDX-License-Identifier: Apache-2.0
"""The five languages: texts/CODE.json. What a language lacks is shown in English, with a mark."""
import json
from pathlib import Path

from flask import g, request, session
from markupsafe import Markup

CODES = ("km", "lo", "en", "fr", "ar")
TEXTS = {code: json.loads((Path(__file__).parent / f"texts/{code}.json").read_text(encoding="utf-8"))
         for code in CODES}


def choose():
    """What the person clicked, here or earlier; then what the browser prefers."""
    if request.args.get("lang") in CODES:
        session["language"] = request.args["lang"]
        session.permanent = True
    g.language = session.get("language") or request.accept_languages.best_match(CODES, "en")


def plain(key):
    return TEXTS[g.language].get(key) or TEXTS["en"][key]


def text(key, **values):
    """For pages; values are escaped."""
    known = TEXTS[g.language].get(key)
    if known is not None:
        return Markup(known).format(**values)
    return Markup('<span class="untranslated" lang="en" dir="ltr">{}</span>').format(
        Markup(TEXTS["en"].get(key, key)).format(**values))


def word(prefix, name):
    """The text for a word that agencies choose; the word itself, where there is none."""
    key = prefix + name
    return text(key) if key in TEXTS["en"] else name.replace("_", " ")


def pick(texts):
    """Of {language: text}, as agencies send them."""
    return texts.get(g.language) or texts.get("en") or next(iter(texts.values()), "")


def date(iso):
    """2026-11-18, 1961: as it is written here."""
    parts = iso[:10].split("-")
    if len(parts) != 3:
        return iso
    year, month, day = (int(part) for part in parts)
    return plain("date").format(day=day, month=plain("months")[month - 1], year=year)


def reference(text_):
    """From left to right, whatever stands around it."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text_)


def time(iso):
    """2026-11-18T10:00:00Z: the day and the time of the day, in UTC."""
    return plain("time").format(day=date(iso), time=iso[11:16])


def links():
    """Of the foot of a page: this page in the other languages."""
    path = g.get("path", request.path)
    return [{"code": code, "name": TEXTS[code]["language"], "dir": TEXTS[code]["direction"],
             "href": f"{path}?lang={code}", "is_current": code == g.language}
            for code in CODES]
