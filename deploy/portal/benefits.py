# SPDX-License-Identifier: Apache-2.0
"""Benefits for me: check one, see which rule decided, appeal."""
from urllib.parse import quote

from flask import g, redirect, render_template, request

WORDS_MAX = 2000  # as the page's field has it


def add(app, services, page):
    @app.post("/benefits/check")
    def check():
        done, instead = services.act(
            page, f"/programmes/{quote(request.form['programme'], safe='')}/check")
        g.path = "/benefits"  # where this page is in another language
        return instead or render_template("benefit.html", one=done)

    @app.get("/benefits/appeal")
    def appeal():
        found, instead = services.read(page)
        if instead:
            return instead
        one = next((one for one in found["decisions"]
                    if one["decision"] == request.args.get("decision")), None)
        if one is None or "made" in one["appeal"]:
            return redirect("/benefits", 303)
        return render_template("appeal.html", one=one, words_max=WORDS_MAX)

    @app.post("/benefits/appeal")
    def appeal_send():
        words = request.form["words"].replace("\r\n", "\n").strip()[:WORDS_MAX]
        decision = request.form["decision"]
        if not words:
            return redirect(f"/benefits/appeal?decision={quote(decision, safe='')}", 303)
        _, instead = services.act(
            page, f"/decisions/{quote(decision, safe='')}/appeal", {"words": words})
        return instead or redirect("/benefits#appeals", 303)
