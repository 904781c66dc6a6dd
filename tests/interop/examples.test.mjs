// SPDX-License-Identifier: Apache-2.0
// The examples that an agency copies (deploy/examples), each a stock client with its documented settings, over TLS.
// The gateway asks for DPoP nonces, as the strictest would.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { Browser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Example, node } from './example.mjs';

let demo;
before(async () => {
    process.env.DVARA_TOKENS_DPOP_NONCE = 'yes';
    demo = await Demo.start('--tls');
    tls.setDefaultCACertificates([...tls.getCACertificates(), readFileSync(demo.status.ca_file, 'utf8')]);
});
after(() => demo?.stop());

async function example(t, stack) {
    const copied = await Example.copy(stack, demo);
    t.after(() => copied.stop());
    return copied;
}

// A person's browser: from an address of the application through the gateway back to the application.
async function signIn(browser, url, walk) {
    const away = await browser.fetch(url);
    assert.ok([302, 303].includes(away.status), `${away.status}: ${await away.clone().text()}`);
    const back = await browser.walk(away.headers.get('location'), walk);
    return browser.fetch(back);
}

// The way out: the application, the gateway, and the application again.
async function signOut(browser, app, url) {
    const away = await browser.fetch(url);
    assert.ok([302, 303].includes(away.status), `${away.status}: ${app.output.join('\n')}`);
    const back = await browser.walk(away.headers.get('location'));
    assert.equal(back.origin, app.base);
    const again = await browser.fetch(back);
    assert.match(await again.text(), /id="sign-in"/);
    const gateway = await browser.fetch(`${app.base}/login`);
    const asked = () => { throw new Error('asked'); };
    await assert.rejects(browser.walk(gateway.headers.get('location'), { present: asked }), /asked/, 'the gateway asks who it is');
}

test('node-openid-client', async (t) => {
    const app = await example(t, 'node-openid-client');
    app.register(node, 'register.mjs');
    await app.start({}, node, 'app.mjs');
    const browser = new Browser(demo.issuer.origin);
    const page = async (path) => {
        const answer = await browser.fetch(app.base + path);
        assert.equal(answer.status, 200, app.output.join('\n'));
        return answer.json();
    };

    const early = await browser.fetch(`${app.base}/token`);
    assert.equal(early.headers.get('location'), '/login');
    const arrived = await signIn(browser, `${app.base}/login`, { claims: ['name', 'email'] });
    assert.equal(arrived.status, 303, app.output.join('\n'));
    const { person } = await page('/');
    assert.match(person.email, /@/);
    assert.deepEqual((await page('/refresh')).person, person);
    const token = await page('/token');
    assert.equal(token.active, true);
    assert.ok(token.cnf.jkt);

    await signOut(browser, app, `${app.base}/logout`);
});

test('node-oauth4webapi', async (t) => {
    const app = await example(t, 'node-oauth4webapi');
    app.register(node, 'register.mjs');
    await app.start({}, node, 'login.mjs');
    const [, url] = await app.said(/^ready: (.*)/);
    const browser = new Browser(demo.issuer.origin);
    const back = await browser.walk(url, { claims: ['name'] });
    assert.deepEqual([...back.searchParams.keys()], ['response']);
    assert.equal((await browser.fetch(back)).status, 200);

    const { person, token, revoked } = JSON.parse((await app.said(/^\{.*\}$/))[0]);
    assert.ok(person.name);
    assert.equal(token.active, true);
    assert.ok(token.cnf.jkt);
    assert.deepEqual(revoked, { active: false });
});

test('node-express', async (t) => {
    const app = await example(t, 'node-express');
    app.register();
    const other = createServer().listen(new URL(app.base).port, '127.0.0.1');
    await once(other, 'listening');
    assert.throws(() => app.run(node, 'app.mjs'), (error) => error.status === 1 && /EADDRINUSE/.test(error.stderr) && !/ready/.test(error.stdout));
    other.close();
    await app.start({}, node, 'app.mjs');
    const browser = new Browser(demo.issuer.origin);

    const arrived = await signIn(browser, `${app.base}/me`, { claims: ['email'] });
    assert.equal(arrived.status, 302, app.output.join('\n'));
    const me = await browser.fetch(new URL(arrived.headers.get('location'), app.base));
    assert.equal(me.status, 200, app.output.join('\n'));
    const person = await me.json();
    assert.match(person.email, /@/);

    await signOut(browser, app, `${app.base}/logout`);
});

for (const stack of ['node-openid-client', 'node-oauth4webapi']) {
    test(`${stack} is registered twice`, async (t) => {
        const app = await example(t, stack);
        const [first, second] = [app.run(node, 'register.mjs'), app.run(node, 'register.mjs')];
        assert.equal(first, second, 'by the same key');
        assert.equal(JSON.parse(first).jwks.keys[0].d, undefined);
    });
}

test('python-authlib', async (t) => {
    const app = await example(t, 'python-authlib');
    app.register();
    await app.start({}, '/usr/bin/python3', '-s', '-B', 'app.py');
    const browser = new Browser(demo.issuer.origin);

    const arrived = await signIn(browser, `${app.base}/login`, { claims: ['email'] });
    assert.equal(arrived.status, 302, app.output.join('\n'));
    const person = await (await browser.fetch(`${app.base}/me`)).json();
    assert.match(person.email, /@/);
    await signOut(browser, app, `${app.base}/logout`);
});
