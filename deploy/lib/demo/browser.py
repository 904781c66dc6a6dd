# SPDX-License-Identifier: Apache-2.0
"""A browser without a screen: cookies, redirects, links and forms. It has no script, as the pages
promise to work without; the policy of a page for its forms it holds as others do."""
import re
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from .fault import Stop
from .page import Page

STEPS_MAX = 10


class Refused(Exception):
    """The gateway showed a page that ends the login; .page tells it."""

    def __init__(self, page):
        super().__init__(page["title"])
        self.page = page


class Browser:
    def __init__(self, ca_file, until):
        """until: the client's redirect address, where a journey ends."""
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ca_file or True
        self.session.headers["Accept-Language"] = "en"
        self.until = until
        self.url, self.page = None, None
        self.form_targets = None  # origins that a form of the page may reach; None: all
        self.answer = None  # the parameters that arrived at the client

    def open(self, url):
        return self._go("GET", url)

    def submit(self, form, fields):
        return self._go(form.get("method") or "get", urljoin(self.url, form.get("action") or ""),
                        {**form.hidden(), **fields}, self.form_targets)

    def ask(self, method, url, value=None):
        """As a script of the page: its answer, which is JSON."""
        got = self.session.request(method, url, json=value, headers={"Origin": _origin(url)},
                                   allow_redirects=False, timeout=30)
        if got.status_code != 200:
            raise Stop(f"{url}: status {got.status_code}: {got.text[:300]}")
        return got.json()

    def _go(self, method, url, form=None, targets=None):
        """targets: redirects after a form count too, as in Chromium."""
        self.page = self.answer = None
        for _ in range(STEPS_MAX):
            if targets is not None and _origin(url) not in targets:
                raise Stop(f"the page does not let its forms reach {_origin(url)} (CSP)")
            if url.split("?")[0] == self.until:
                self.answer = {name: values[0] for name, values in
                               parse_qs(urlsplit(url).query, keep_blank_values=True).items()}
                return self
            got = self._send(method, url, form)
            self.url = url
            if not got.is_redirect:
                return self._show(got)
            method, url, form = "GET", urljoin(url, got.headers["Location"]), None
        raise Stop(f"more than {STEPS_MAX} redirects, the last to {url}")

    def _send(self, method, url, form):
        headers = {"Origin": _origin(url)} if form is not None else {}
        try:
            return self.session.request(method.upper(), url, data=form, headers=headers,
                                        allow_redirects=False, timeout=30)
        except requests.RequestException as error:
            raise Stop(f"{url}: {error}") from None

    def _show(self, got):
        if not got.headers.get("Content-Type", "").startswith("text/html"):
            raise Stop(f"{self.url}: status {got.status_code}: {got.text[:300]}")
        self.page = Page(got.text)
        policy = re.search("form-action ([^;]*)", got.headers.get("Content-Security-Policy", ""))
        self.form_targets = policy and policy[1].replace("'self'", _origin(self.url)).split()
        if self.page.find("error-action"):
            raise Refused(self._refusal(got.status_code))
        if got.status_code != 200:
            raise Stop(f"{self.url}: status {got.status_code}")
        return self

    def _refusal(self, status):
        main = self.page.first("main") or self.page.first("body")
        code = self.page.find("error-code")
        reasons = [part.text for part in self.page.all("p")]
        return {"error": "refused", "status": status, "title": self.page.first("h1").text,
                "reason": reasons[0] if reasons else main.text,
                "action": self.page.find("error-action").text,
                "code": code.text if code else None}


def _origin(url):
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
