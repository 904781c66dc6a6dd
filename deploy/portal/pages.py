# SPDX-License-Identifier: Apache-2.0
"""What a person sees and does: home, sign in, who am I, sign out, help; what services know of them
is in services.py."""
import secrets
from pathlib import Path

from flask import g, make_response, redirect, render_template, request

import language
import logout
import news
import services
import sessions
import web_wallet
from relying_party import FAULTS, RelyingParty, reason_of

# In the order of the page; the gateway tells only what was allowed.
CLAIMS = ("name", "birthdate", "email", "phone_number", "address")


def add(app, config):
    party = RelyingParty(app, config)
    style = Path(config["style"]).read_text(encoding="utf-8")

    app.before_request(language.choose)

    @app.context_processor
    def common():
        return {"t": language.text, "plain": language.plain, "pick": language.pick,
                "word": language.word, "date": language.date, "time": language.time, "reference": language.reference, "languages": language.links(),
                "lang": g.language, "direction": language.TEXTS[g.language]["direction"],
                "style": style, "nonce": g.nonce, "here": sessions.current(),
                "form": sessions.session.get("form")}

    @app.before_request
    def nonce():
        g.nonce = secrets.token_urlsafe(16)

    @app.after_request
    def guard(answer):
        answer.headers.setdefault("Content-Security-Policy", (
            f"default-src 'none'; style-src 'nonce-{g.nonce}'; img-src data:; "
            f"form-action 'self' {party.issuer}; frame-ancestors 'none'; base-uri 'none'"))
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    web_wallet.add(app, config)
    _add_sign_in(app, party)
    services.add(app, party, _problem, _add_news(app, party))

    @app.get("/")
    def home():
        return render_template("home.html", account=f"{party.issuer}/account")

    @app.get("/me")
    def me():
        here = sessions.current()
        if not here:
            return _problem("signed-out")
        return render_template("me.html", claims=_shown(here["person"]))

    @app.get("/help")
    def help_():
        return render_template("help.html")

    @app.get("/problem/<reason>")
    def problem(reason):
        return _problem(reason) if reason in NEXT else _problem("no-page", status=404)

    @app.errorhandler(404)
    def unknown(_):
        return _problem("no-page", status=404)


def _add_news(app, party):
    known = news.begin(app, party)

    @app.post(news.PATH)
    def told():
        try:
            known.keep(request.headers, request.get_data())
        except (ValueError, KeyError, TypeError) as fault:
            app.logger.warning("news: %s", fault)
            return {"error": "invalid_request"}, 400
        return "", 204

    return known


def _add_sign_in(app, party):
    @app.get("/sign-in")
    def sign_in():
        try:
            return party.send_to_sign_in(g.language)
        except FAULTS as fault:
            return _problem(*reason_of(fault))

    @app.get("/callback")
    def callback():
        try:
            person, login = party.person()
        except FAULTS as fault:
            app.logger.warning("sign-in: %s", fault)
            return _problem(*reason_of(fault))
        sessions.begin(person, login)
        return redirect("/me", 303)

    @app.post("/sign-out")
    def sign_out():
        if not sessions.form_is_ours(request.form.get("form")):
            return _problem("lost", status=403)
        here = sessions.current()
        sessions.end()
        try:
            return redirect(logout.address(party, here["login"]["id_token"],
                                           party.signed_out_address, g.language)
                            if here else "/signed-out", 303)
        except FAULTS as fault:  # signed out here at least
            app.logger.warning("sign-out: %s", fault)
            return redirect("/signed-out", 303)

    @app.post("/backchannel-logout")
    def backchannel_logout():
        try:
            who = logout.opened(party, request.form["logout_token"], party.id_token_alg)
        except FAULTS as fault:
            app.logger.warning("back-channel logout: %s", fault)
            return {"error": "invalid_request"}, 400
        sessions.end_where(**who)
        return "", 200

    @app.get("/signed-out")
    def signed_out():
        return render_template("signed-out.html")


def _shown(person):
    """[(name of the claim, its value)]"""
    shown = [(name, person[name]) for name in CLAIMS if name in person]
    return [(name, value["formatted"] if name == "address" else
             language.date(value) if name == "birthdate" else value) for name, value in shown]


# Where a person can go on from there: a page of ours.
NEXT = {"signed-out": "/sign-in", "denied": "/sign-in", "lost": "/sign-in", "refused": "/",
        "away": "/", "no-page": "/", "not-allowed": "/", "other-person": "/sign-in"}


def _problem(reason, code=None, next_=None, status=200):
    """g.path: where the same page is without what happened."""
    if reason == "other-person":
        sessions.end()
    g.path = f"/problem/{reason}"
    return make_response(render_template("problem.html", reason=reason, code=code,
                                         next=next_ or NEXT[reason]), status)
