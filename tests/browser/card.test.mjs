// SPDX-License-Identifier: Apache-2.0
//
// The card's page in Chromium, against a running demo.  The Web eID extension and its application
// are played by the test: what they are asked and what they answer is the real thing, signed with
// the persona's card.  And the browser's own TLS, with the card as its client certificate.
import assert from 'node:assert/strict';
import {createHash, createSign, X509Certificate} from 'node:crypto';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {launch, shows} from '../interop/chromium.mjs';
import {Demo} from '../interop/demo.mjs';

const pictures = fileURLToPath(new URL('../out/card', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let demo, browser;

before(async () => {
	mkdirSync(pictures, {recursive: true});
	demo = await Demo.start('--tls');
	browser = await launch();
});
after(async () => {
	await browser?.close();
	demo?.stop();
});

/* What the Web eID application answers for a card. */
function token(persona, nonce, origin = demo.status.issuer) {
	const pem = readFileSync(demo.status.cards[persona], 'utf8');
	const hash = (text) => createHash('sha384').update(text).digest();
	const signed = Buffer.concat([hash(origin), hash(nonce)]);
	return {
		unverifiedCertificate: new X509Certificate(pem).raw.toString('base64'), algorithm: 'ES384',
		signature: createSign('sha384').update(signed)
			.sign({key: pem, dsaEncoding: 'ieee-p1363'}, 'base64'),
		format: 'web-eid:1.0', appVersion: 'https://web-eid.eu/web-eid-app/releases/v2.0.0',
	};
}

/* In the page: the extension's content script.  answer(message) is the test's. */
function extension() {
	window.addEventListener('message', async ({data, source}) => {
		if (source !== window || data?.action !== 'web-eid:authenticate') return;
		window.postMessage({action: 'web-eid:authenticate-ack'}, location.origin);
		window.postMessage(await window.webEidAnswer(data), location.origin);
	});
}

async function cardPage(t, {locale = 'en', width = 1280, answer, script = true, ...more} = {}) {
	const context = await browser.newContext({
		locale, viewport: {width, height: 800}, ignoreHTTPSErrors: true,
		javaScriptEnabled: script, ...more,
	});
	context.setDefaultTimeout(60_000);
	t.after(() => context.close());
	const page = await context.newPage();
	page.complaints = [];
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.on('console', (said) => {
		if (said.type() === 'error' && !/status of 401/.test(said.text())) page.complaints.push(said.text());
	});
	if (answer) {
		await page.exposeFunction('webEidAnswer', answer);
		await page.addInitScript(extension);
	}
	await page.goto(demo.status.portal);
	await page.click('#sign-in');
	await page.click('#login-card');
	await shows(page, '#card-tls');
	return page;
}

async function isClean(page, name) {
	await page.screenshot({path: join(pictures, `${name}.png`), fullPage: true});
	await page.evaluate(axe);
	const {violations} = await page.evaluate((runOnly) => axe.run({runOnly}), wcag);
	assert.deepEqual(violations.map(({id, nodes}) => [id, nodes.map((node) => node.html)]), []);
	const wide = await page.evaluate(() =>
		document.documentElement.scrollWidth - document.documentElement.clientWidth);
	assert.equal(wide, 0);
}

test('a login by the Web eID extension', async (t) => {
	let asked;
	const page = await cardPage(t, {answer: (message) => {
		asked = message;
		return {action: 'web-eid:authenticate-success', ...token('sophea', message.challengeNonce)};
	}});
	await page.click('#card-start');
	await page.waitForSelector('#consent');
	assert.equal(Buffer.from(asked.challengeNonce, 'base64').length, 32);
	assert.deepEqual(asked.options, {lang: 'en'});
	assert.deepEqual(page.complaints, []);
});

test('no extension, a person who cancels, a card that is not taken, an old challenge', async (t) => {
	const page = await cardPage(t);
	await page.click('#card-start');
	await page.waitForSelector('#card-missing:not([hidden])');
	assert.equal(await page.getAttribute('#card-software', 'href'), 'https://web-eid.eu');
	await isClean(page, 'missing');

	const answers = [
		['stopped', () => ({action: 'web-eid:authenticate-failure',
			error: {code: 'ERR_WEBEID_USER_CANCELLED', message: 'cancelled'}})],
		['missing', () => ({action: 'web-eid:authenticate-failure',
			error: {code: 'ERR_WEBEID_NATIVE_UNAVAILABLE', message: 'no application'}})],
		['refused', ({challengeNonce}) => ({action: 'web-eid:authenticate-success',
			...token('sophea', challengeNonce, 'https://evil.test')})],
	];
	let answer;
	const other = await cardPage(t, {answer: (message) => answer(message)});
	for (const [said, wrong] of answers) {
		answer = wrong;
		await other.click('#card-start');
		await other.waitForSelector(`#card-${said}:not([hidden])`);
		assert.equal(await other.locator('#card-said p:visible').count(), 1);
	}
	answer = async ({challengeNonce}) => {
		await other.evaluate((href) => fetch(href), '/card/challenge'); // takes the other's place
		await other.evaluate(() => fetch('/card/login', {
			method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}));
		return {action: 'web-eid:authenticate-success', ...token('sophea', challengeNonce)};
	};
	await other.click('#card-start');
	await other.waitForSelector('#card-again:not([hidden])');
	answer = ({challengeNonce}) =>
		({action: 'web-eid:authenticate-success', ...token('sophea', challengeNonce)});
	await other.click('#card-start');
	await other.waitForSelector('#consent');
});

test('the page in five languages, narrow and with each text', async (t) => {
	for (const locale of ['en', 'km', 'lo', 'fr', 'ar']) {
		const page = await cardPage(t, {locale, width: 320});
		await isClean(page, `page-${locale}`);
		await page.evaluate(() => {
			for (const text of document.querySelectorAll('#card-said p')) text.hidden = false;
		});
		await isClean(page, `said-${locale}`);
	}
});

test('a login by the browser\'s TLS, without script', async (t) => {
	const pem = readFileSync(demo.status.cards.vannak);
	const page = await cardPage(t, {script: false, clientCertificates: [
		{origin: demo.status.mtls, cert: pem, key: pem}]});
	assert.equal(await page.locator('#card-web-eid').isVisible(), false);
	await page.click('#card-tls');
	await page.waitForSelector('#consent');
	assert.ok(page.url().startsWith(demo.status.issuer));
});

test('no certificate: the other ways, and no way round in circles', async (t) => {
	const page = await cardPage(t, {script: false});
	await page.click('#card-tls');
	await page.waitForSelector('#error-action');
	await page.screenshot({path: join(pictures, 'absent.png'), fullPage: true});
	await page.click('#error-action a');
	await page.waitForSelector('#login-card');
	assert.ok(page.url().startsWith(demo.status.issuer));
});
