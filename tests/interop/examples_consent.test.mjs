// SPDX-License-Identifier: Apache-2.0
// A company written in Node.js with stock libraries (deploy/examples/node-consent), a person in Chromium, and a real
// gateway: request, approval on the page, release, receipt; the person takes it back, the webhook says so, and the next
// release is refused.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { compactVerify, createLocalJWKSet } from 'jose';
import { Webhook } from 'standardwebhooks';

import { launch, shows } from './chromium.mjs';
import { Demo } from './demo.mjs';
import { Example, node } from './example.mjs';

let demo, browser, app;
before(async () => {
    process.env.DVARA_TOKENS_DPOP_NONCE = 'yes';
    demo = await Demo.start('--tls');
    tls.setDefaultCACertificates([...tls.getCACertificates(), readFileSync(demo.status.ca_file, 'utf8')]);
    browser = await launch();
    app = await Example.copy('node-consent', demo);
    app.register(node, 'register.mjs');
    await app.start({}, node, 'app.mjs');
});
after(async () => {
    await browser?.close();
    await app?.stop();
    demo?.stop();
});

async function open(t) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en' });
    context.setDefaultTimeout(60_000);
    t.after(() => context.close());
    return context.newPage();
}

async function account(page) {
    await shows(page, '#account').catch(() => assert.fail(app.output.join('\n')));
    return JSON.parse(await page.textContent('#account'));
}

test('request, approval, release, receipt, withdrawal, webhook', async (t) => {
    const page = await open(t);
    await page.goto(app.base);
    await page.click('#open');
    await page.selectOption('#persona', 'sophea');
    await page.click('#login-test button');
    await shows(page, '#consent');
    assert.match(await page.textContent('#main'), /Mekong Bank/);
    await page.check('#consent input[value="phone_number"]');
    await page.click('#allow');
    const { consent, attributes, receipt } = await account(page);
    assert.deepEqual(Object.keys(attributes).sort(), ['age_over_18', 'name', 'phone_number']);
    assert.equal(attributes.age_over_18, true);
    assert.equal(receipt.record_id, consent);
    assert.match(receipt.notice_hash, /^[\w-]{43}$/);

    // The bank is let in again, until the person has ended it.
    await page.goto(`${app.base}/check?consent=${consent}`);
    assert.deepEqual((await account(page)).attributes, attributes);
    await page.goto(`${demo.status.issuer}/account`);
    const withdraw = page.locator(`#consents button[name="withdraw"][value="${consent}"]`);
    await withdraw.click();
    await withdraw.waitFor({ state: 'detached' });
    await page.goto(`${app.base}/check?consent=${consent}`);
    assert.equal(await page.textContent('#problem'), 'consent-not-active');
    const [, told] = await app.said(/^told: consent\.revoked (\S+)$/);
    assert.equal(told, consent);
});

test('who sent the page on to somebody else gets nothing by their yes', async (t) => {
    const page = await open(t), other = await open(t);
    await page.goto(`${app.base}/open`);
    const sent = new URL((await page.context().cookies(app.base)).find(({ name }) => name === 'asked').value,
        `${demo.status.issuer}/consent/requests/`);
    await other.goto(sent.href);
    await other.selectOption('#persona', 'sophea');
    await other.click('#login-test button');
    await other.click('#allow');
    await other.waitForURL(`${app.base}/back?**`);
    assert.equal(await other.textContent('#problem'), 'failed');
    const back = new URL(other.url()), consent = back.searchParams.get('consent_id');
    back.searchParams.delete('consent_id');
    assert.equal((await page.goto(back.href)).status(), 403);
    assert.equal((await page.goto(`${app.base}/check?consent=${consent}`)).status(), 403);
});

test('who says no gives nothing', async (t) => {
    const page = await open(t);
    await page.goto(`${app.base}/open`);
    await page.selectOption('#persona', 'sophea');
    await page.click('#login-test button');
    await page.click('#deny');
    await page.waitForURL(`${app.base}/back?**`);
    assert.equal(await page.textContent('#status'), 'rejected');
});

// The company's own code, at this end of the line.
async function own() {
    const { Gateway } = await import(pathToFileURL(join(app.dir, 'gateway.mjs')));
    return Gateway.open(demo.status.issuer, app.client.client_id, JSON.parse(readFileSync(join(app.dir, 'keys.json'))));
}

test('a receipt verifies offline, by keys that were kept', async (t) => {
    const page = await open(t);
    await page.goto(`${app.base}/open`);
    await page.selectOption('#persona', 'sophea');
    await page.click('#login-test button');
    await page.click('#allow');
    const { consent } = await account(page);
    const gateway = await own();
    const { jws } = await gateway.receipt(consent);
    writeFileSync(join(app.dir, 'jwks.json'), await (await fetch(`${demo.status.issuer}/jwks`)).text());
    const kept = createLocalJWKSet(JSON.parse(readFileSync(join(app.dir, 'jwks.json'))));
    const { payload, protectedHeader } = await compactVerify(jws, kept);
    assert.equal(protectedHeader.typ, 'consent-receipt+jwt');
    assert.equal(JSON.parse(new TextDecoder().decode(payload)).record_id, consent);
    const artefact = await gateway.call('GET', `/consents/${consent}`, undefined, { accept: 'application/jwt' });
    assert.equal((await compactVerify(artefact, kept)).protectedHeader.typ, 'consent+jwt');
});

const DELIVERY_MS = 120_000;

// One delivery to an endpoint of that algorithm, as it came.
async function delivered(t, algorithm) {
    const came = Promise.withResolvers();
    const server = createServer(async (request, answer) => {
        let body = '';
        for await (const piece of request.setEncoding('utf8')) body += piece;
        answer.writeHead(204).end();
        came.resolve({ body, headers: request.headers });
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const gateway = await own();
    const endpoint = await gateway.call('POST', '/webhook-endpoints', { url: `http://127.0.0.1:${server.address().port}/`, algorithm });
    t.after(() => gateway.call('DELETE', `/webhook-endpoints/${endpoint.id}`));
    const { id } = await gateway.call('POST', `/webhook-endpoints/${endpoint.id}/test`, {});
    const delivery = await came.promise;
    assert.equal(delivery.headers['webhook-id'], id);
    return { endpoint, delivery };
}

test('v1 verifies with npm standardwebhooks as it is', { timeout: DELIVERY_MS }, async (t) => {
    const { endpoint, delivery } = await delivered(t, 'v1');
    assert.equal(new Webhook(endpoint.secret).verify(delivery.body, delivery.headers).type, 'webhook.test');
    const spoilt = delivery.body.replace('webhook.test', 'webhook.best');
    assert.throws(() => new Webhook(endpoint.secret).verify(spoilt, delivery.headers), /No matching signature/);
});

test('v1a verifies with node:crypto', { timeout: DELIVERY_MS }, async (t) => {
    const { endpoint, delivery: { body, headers } } = await delivered(t, 'v1a');
    const x = Buffer.from(endpoint.public_key.slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    const [version, signature] = headers['webhook-signature'].split(',');
    const holds = (text) => verify(null, Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`),
        key, Buffer.from(signature, 'base64'));
    assert.equal(version, 'v1a');
    assert.ok(holds(body));
    assert.ok(!holds(`${body} `));
});
