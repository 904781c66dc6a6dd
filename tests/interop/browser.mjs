// SPDX-License-Identifier: Apache-2.0
// A browser without script, for tests that are about other things than pages: cookies, redirects one by one, forms.

const STEPS_MAX = 12;

export class Browser {
    constructor(origin) {
        this.origin = origin;
        this.cookies = new Map();
    }

    async fetch(url, options = {}) {
        const answer = await fetch(new URL(url, this.origin), {
            redirect: 'manual',
            ...options,
            // A server may close a connection that rests, at the moment in which it is used again.
            headers: { connection: 'close', cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...options.headers },
        });
        for (const line of answer.headers.getSetCookie()) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
            this.cookies.set(name, value);
        }
        return answer;
    }

    async post(action, fields) {
        return this.fetch(action, {
            method: 'POST', body: new URLSearchParams(fields), headers: { origin: this.origin, 'sec-fetch-site': 'same-origin' },
        });
    }

    // From an address of the gateway to the redirect that leaves it; persona signs in by the test login, claims are
    // the voluntary ones to tick.
    async walk(url, { persona = 'sophea', claims = [], decision = 'allow', present } = {}) {
        let answer = await this.fetch(url);
        for (let step = 0; step < STEPS_MAX; step++) {
            if (answer.status === 303) {
                const target = new URL(answer.headers.get('location'), this.origin);
                if (target.origin !== this.origin) return target;
                answer = await this.fetch(target);
                continue;
            }
            const html = await answer.text();
            if (present && html.includes('id="wallet-link"')) answer = await present(html);
            else if (present && html.includes('id="login-wallet"')) answer = await this.fetch(attribute(html, 'login-wallet', 'href'));
            else if (html.includes('id="login-test"')) answer = await this.submit(html, 'login-test', [['persona', persona]]);
            else if (html.includes('id="consent"')) {
                const ticked = claims.map((name) => ['claim', name]);
                answer = await this.submit(html, 'consent', [...ticked, ['decision', decision]]);
            } else throw new Error(`the way ends at a page of status ${answer.status}: ${text(html)}`);
        }
        throw new Error('the way does not end');
    }

    async submit(html, id, fields) {
        const form = new RegExp(`<form id="${id}"[^>]*>.*?</form>`, 's').exec(html)[0];
        const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]);
        return this.post(attribute(html, id, 'action'), [...hidden, ...fields]);
    }
}

// An attribute of the element with that id.
export function attribute(html, id, name) {
    const tag = new RegExp(`<[^>]*\\bid="${id}"[^>]*>`).exec(html)[0];
    return unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)[1]);
}

export function text(html) {
    return html.replace(/<style.*?<\/style>/gs, '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ').trim();
}

function unescape(value) {
    return value.replace(/&amp;/g, '&').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>');
}
