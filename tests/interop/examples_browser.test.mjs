// SPDX-License-Identifier: Apache-2.0
// The examples that need a real browser: a public client that is a page, and an Apache that sends only browsers to
// sign in (deploy/examples).
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, shows } from './chromium.mjs';
import { Demo } from './demo.mjs';
import { Example, node } from './example.mjs';

let demo, browser;
before(async () => {
    process.env.DVARA_TOKENS_DPOP_NONCE = 'yes';
    demo = await Demo.start('--tls');
    browser = await launch();
});
after(async () => {
    await browser?.close();
    demo?.stop();
});

async function example(t, stack) {
    const copied = await Example.copy(stack, demo);
    t.after(() => copied.stop());
    return copied;
}

async function open(t) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en' });
    context.setDefaultTimeout(60_000);
    t.after(() => context.close());
    const page = await context.newPage();
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(String(error)));
    page.on('console', (said) => { if (said.type() === 'error') page.complaints.push(said.text()); });
    return page;
}

// The pages of the gateway, as a person would go through them; who allowed it before is not asked for claims.
async function pass(page, claims) {
    await page.selectOption('#persona', 'sophea');
    await page.click('#login-test button');
    if (!claims) return;
    for (const name of claims) await page.check(`#consent input[value="${name}"]`);
    await page.click('#allow');
}

test('browser-oidc-client-ts', async (t) => {
    const app = await example(t, 'browser-oidc-client-ts');
    app.register();
    await app.start({}, node, 'serve.mjs');
    const page = await open(t);
    const says = (start) => page.waitForFunction((text) => document.querySelector('#status')?.textContent.startsWith(text), start)
        .catch(async () => assert.fail(`${await page.textContent('#status')}\n${page.complaints.join('\n')}`));

    await page.goto(app.base);
    await says('Signed out');
    await page.click('#sign-in');
    await pass(page, ['name', 'email']);
    await page.waitForURL(`${app.base}/`);
    await says('Signed in');
    const person = await page.textContent('#person');
    assert.match(JSON.parse(person).email, /@/);

    const before = await page.evaluate(async () => (await users.getUser()).access_token);
    await page.click('#refresh');
    await page.waitForFunction(async (old) => (await users.getUser()).access_token !== old, before);
    await says('Signed in');
    assert.equal(await page.textContent('#person'), person);

    await page.click('#sign-out');
    await page.waitForURL(`${app.base}/`);
    await says('Signed out');
    await page.click('#sign-in');
    await page.waitForSelector('#login-test'); // the gateway's session is gone too
});

test('apache-mod-auth-openidc', async (t) => {
    const app = await example(t, 'apache-mod-auth-openidc');
    await startApache(app);
    const page = await open(t);
    const arrive = async (claims) => {
        await pass(page, claims);
        await page.waitForURL(`${app.base}/members/`).catch((error) => assert.fail(`${error}\n${said(app)}`));
        assert.match(await page.textContent('#name'), /\p{L}/u);
    };

    await page.goto(app.base);
    await page.click('#sign-in');
    await arrive(['name']);
    await page.reload();
    assert.equal(page.url(), `${app.base}/members/`);

    // Who signs out elsewhere is signed out here: the gateway calls the Apache.
    await page.goto(`${demo.status.issuer}/end_session`);
    await page.click('#logout');
    await shows(page, 'h1:text-is("You are signed out")');
    for (const until = Date.now() + 60_000; await page.$('#login-test') === null;) {
        assert.ok(Date.now() < until, said(app));
        await page.waitForTimeout(250);
        await page.goto(`${app.base}/members/`);
    }

    await arrive();
    await page.click('#sign-out');
    await page.waitForURL(`${app.base}/`);
    await page.goto(`${app.base}/members/`);
    await page.waitForSelector('#login-test');
});

async function startApache(app) {
    app.register();
    mkdirSync(join(app.dir, 'run'));
    // Started by root, it is www-data that must be able to read.
    chmodSync(app.dir, 0o755);
    copyFileSync(demo.status.ca_file, join(app.dir, 'ca.pem'));
    chmodSync(join(app.dir, 'ca.pem'), 0o644);
    await app.start({
        DIR: app.dir, PORT: new URL(app.base).port, CA_FILE: join(app.dir, 'ca.pem'),
    }, '/usr/sbin/apache2', '-f', join(app.dir, 'try.conf'), '-DFOREGROUND');
}

function said(app) {
    return readFileSync(join(app.dir, 'run/error.log'), 'utf8');
}
