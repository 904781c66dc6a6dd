// SPDX-License-Identifier: Apache-2.0
//
// The whole way of a citizen in Chromium against a running demo: portal, chooser, wallet page,
// consent, what the portal then knows, my applications, signing out.  On one device and across two,
// with script and without.  Leaves pictures in tests/out/journey.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {launch, shows} from '../interop/chromium.mjs';
import {Demo} from '../interop/demo.mjs';

const pictures = fileURLToPath(new URL('../out/journey', import.meta.url));
let demo, browser;

before(async () => {
	mkdirSync(pictures, {recursive: true});
	demo = await Demo.start();
	browser = await launch();
});
after(async () => {
	await browser?.close();
	demo?.stop();
});

/* One browser of one person: its pages, and what they complained about (CSP too). */
class Device {
	static async open(t, {script = true, locale = 'en', width = 1280} = {}) {
		const device = new Device();
		device.complaints = [];
		device.context = await browser.newContext({
			javaScriptEnabled: script, locale, viewport: {width, height: 800},
		});
		device.context.setDefaultTimeout(60_000);
		t.after(() => device.context.close());
		return device;
	}

	async page(url) {
		const page = await this.context.newPage();
		page.on('pageerror', (error) => this.complaints.push(String(error)));
		page.on('console', (said) => {
			if (['error', 'warning'].includes(said.type())) this.complaints.push(said.text());
		});
		await page.goto(url);
		return page;
	}

	/* From the first page of the portal to the wallet page. */
	async wallet() {
		const page = await this.page(demo.status.portal);
		await page.click('#sign-in');
		await page.click('#login-wallet');
		await shows(page, '#wallet-link');
		return page;
	}
}

/* What the wallet app would open in the phone's browser. */
function present(persona, link) {
	const words = ['--home', demo.status.wallets[persona], 'present', link];
	const answer = execFileSync(join(demo.status.bin, 'dvara-wallet'), words,
		{encoding: 'utf8', timeout: 60_000});
	return JSON.parse(answer).redirect_uri;
}

async function hereToConsent(t, device, persona) {
	const page = await device.wallet();
	const link = await page.getAttribute('#wallet-link', 'href');
	assert.match(link, /^openid4vp:\/\//);
	const back = await device.page(present(persona, link));
	await shows(back, '#consent');
	return back;
}

async function acrossToConsent(t, device, persona, script) {
	const page = await device.wallet();
	const phone = await Device.open(t, {script, width: 390});
	const shown = await phone.page(present(persona, await page.getAttribute('#wallet-qr', 'data-uri')));
	const number = (await shown.textContent('#confirm-code')).trim();
	assert.match(number, /^\d+$/);
	assert.deepEqual(phone.complaints, []);
	/* With script the page notices by itself, and the number can be typed at once. */
	if (script) await page.waitForFunction(() => document.activeElement?.id === 'wallet-code');
	await page.fill('#wallet-code', number);
	await page.click('#wallet-continue');
	await shows(page, '#consent');
	return page;
}

async function isFair(page) {
	const boxes = await page.locator('input[name=claim]').all();
	for (const box of boxes) assert.equal(await box.isChecked(), await box.isDisabled());
	assert.equal(await page.locator('input[name=claim][value=name]').isDisabled(), true);
	for (const claim of await page.locator('label.claim').all()) {
		assert.ok((await claim.locator('.value').innerText()).trim(), 'a value is shown');
	}
	const [allow, deny] = [await page.locator('#allow').boundingBox(),
		await page.locator('#deny').boundingBox()];
	assert.deepEqual([allow.width, allow.height], [deny.width, deny.height]);
}

const valueOf = (page, claim) =>
	page.locator(`label.claim:has(input[value=${claim}]) .value`).innerText();

/* My applications may ask for one more permission; then sign out, and nothing is left. */
async function useAndLeave(page) {
	const there = 'h1:text-is("My applications")';
	await page.click('#applications');
	await shows(page, `#next, #consent, ${there}`);
	if (await page.locator('#next').count()) await page.click('#next');
	await shows(page, `#consent, ${there}`);
	if (await page.locator('#consent').count()) await page.click('#allow');
	await page.waitForURL(`${demo.status.portal}/applications`);
	assert.equal(await page.innerText('h1'), 'My applications');
	await page.click('#sign-out');
	await page.waitForURL(`${demo.status.portal}/signed-out`);
	assert.equal(await page.innerText('h1'), 'You are signed out');
	await page.goto(`${demo.status.portal}/me`);
	assert.equal(await page.innerText('h1'), 'Please sign in');
	/* At the gateway too. */
	await page.goto(`${demo.status.portal}/sign-in`);
	await page.waitForSelector('#login-wallet');
}

async function journey(t, persona, script, toConsent) {
	const device = await Device.open(t, {script});
	const page = await toConsent(t, device, persona, script);
	await isFair(page);
	const voluntary = await page.locator('input[name=claim]:not(:disabled)')
		.evaluateAll((boxes) => boxes.map((box) => box.value));
	const [ticked, ...others] = voluntary;
	assert.ok(others.length > 0, 'something to tick, and something to leave');
	const [name, value] = [await valueOf(page, 'name'), await valueOf(page, ticked)];
	await page.check(`input[name=claim][value=${ticked}]`);
	await page.click('#allow');
	await page.waitForURL(`${demo.status.portal}/me`);
	assert.equal((await page.innerText('#name')).trim(), name.trim());
	assert.equal((await page.innerText(`#${ticked}`)).trim(), value.trim());
	for (const claim of others) {
		assert.equal(await page.locator(`#${claim}`).count(), 0, `${claim} was not allowed`);
	}
	await useAndLeave(page);
	assert.deepEqual(device.complaints, []);
}

test('on one device', (t) => journey(t, 'sophea', true, hereToConsent));
test('on one device, without script', (t) => journey(t, 'vannak', false, hereToConsent));
test('across devices', (t) => journey(t, 'bopha', true, acrossToConsent));
test('across devices, without script', (t) => journey(t, 'claire', false, acrossToConsent));

for (const script of [true, false]) {
	test(`a refusal is said in plain words, ${script ? 'with' : 'without'} script`, async (t) => {
		const device = await Device.open(t, {script});
		const page = await hereToConsent(t, device, 'alex');
		await page.click('#deny');
		await page.waitForURL(`${demo.status.portal}/**`);
		assert.equal(await page.innerText('h1'), 'You are not signed in');
		assert.match(await page.innerText('main'), /Nothing about you was shared/);
		assert.equal(await page.locator('#error-code').count(), 0, 'a choice is no error');
		assert.deepEqual(device.complaints, []);
	});
}

for (const script of [true, false]) {
	test(`sign out everywhere on the own page, ${script ? 'with' : 'without'} script`, async (t) => {
		const device = await Device.open(t, {script});
		const link = await (await device.wallet()).getAttribute('#wallet-link', 'href');
		const page = await device.page(present('claire', link));
		if (await page.locator('#allow').count()) await page.click('#allow');
		await page.waitForURL(`${demo.status.portal}/me`);
		const account = await device.page(`${demo.status.issuer}/account`);
		assert.equal(await account.innerText('h1'), 'Your account');
		await account.click('#logout-everywhere');
		await shows(account, 'h1:text-is("You are signed out")');
		await page.goto(`${demo.status.portal}/me`);
		assert.equal(await page.innerText('h1'), 'Please sign in');
		assert.deepEqual(device.complaints, []);
	});

	test(`the page that asks, ${script ? 'with' : 'without'} script`, async (t) => {
		const device = await Device.open(t, {script});
		const page = await hereToConsent(t, device, 'noy');
		await page.goto(`${demo.status.issuer}/end_session?client_id=portal&post_logout_redirect_uri=` +
			encodeURIComponent(`${demo.status.portal}/signed-out`));
		await page.click('#logout');
		await page.waitForURL(`${demo.status.portal}/signed-out`);
		await page.goto(`${demo.status.issuer}/account`);
		await page.waitForSelector('#login-wallet');
		assert.deepEqual(device.complaints, []);
	});
}

test('the code renews itself, and the new one serves', async (t) => {
	const device = await Device.open(t);
	const page = await device.wallet();
	const look = () => page.locator('#wallet-qr').evaluate((qr) => [qr.dataset.uri, qr.innerHTML]);
	const [first, drawn] = await look();
	await page.waitForFunction(
		(before) => document.getElementById('wallet-qr').dataset.uri !== before, first);
	const [second, drawnAnew] = await look();
	assert.notEqual(drawnAnew, drawn);
	const phone = await Device.open(t);
	const shown = await phone.page(present('alex', second));
	await page.waitForFunction(() => document.activeElement?.id === 'wallet-code');
	await page.fill('#wallet-code', (await shown.textContent('#confirm-code')).trim());
	await page.click('#wallet-continue');
	await page.waitForSelector('#consent');
	assert.deepEqual(device.complaints, []);
});

test('a number that is not the phone’s lets nobody on', async (t) => {
	const device = await Device.open(t);
	const page = await device.wallet();
	const phone = await Device.open(t);
	const shown = await phone.page(present('alex', await page.getAttribute('#wallet-qr', 'data-uri')));
	const number = (await shown.textContent('#confirm-code')).trim();
	await page.waitForFunction(() => document.activeElement?.id === 'wallet-code');
	await page.fill('#wallet-code', number.replace(/\d/g, (digit) => (digit + 1) % 10));
	await page.click('#wallet-continue');
	await page.waitForSelector('#wallet-code-wrong');
	await page.fill('#wallet-code', number);
	await page.click('#wallet-continue');
	await page.waitForSelector('#consent');
});

/* A picture of the page, which must not scroll sideways. */
async function look(page, name) {
	await page.screenshot({path: join(pictures, `${name}.png`), fullPage: true});
	assert.equal(await page.evaluate(() =>
		document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, name);
}

for (const lang of ['en', 'km', 'ar']) {
	test(`every page fits 320 pixels: ${lang}`, async (t) => {
		const device = await Device.open(t, {locale: lang, width: 320});
		const phone = await Device.open(t, {locale: lang, width: 320});
		const page = await device.page(demo.status.portal);
		assert.equal(await page.getAttribute('html', 'lang'), lang);
		await look(page, `portal.${lang}`);
		await page.click('#sign-in');
		await shows(page, '#login-wallet');
		assert.equal(await page.getAttribute('html', 'lang'), lang);
		await look(page, `chooser.${lang}`);
		await page.click('#login-wallet');
		await shows(page, '#wallet-link');
		await look(page, `wallet.${lang}`);
		const shown = await phone.page(present('alex', await page.getAttribute('#wallet-qr', 'data-uri')));
		await look(shown, `confirm.${lang}`);
		await page.waitForFunction(() => document.activeElement?.id === 'wallet-code');
		await look(page, `wallet-answered.${lang}`);
		await page.fill('#wallet-code', (await shown.textContent('#confirm-code')).trim());
		await page.click('#wallet-continue');
		await shows(page, '#consent');
		await look(page, `consent.${lang}`);
		const account = await device.page(`${demo.status.issuer}/account`);
		await look(account, `account.${lang}`);
		await page.click('#deny');
		await page.waitForURL(`${demo.status.portal}/**`);
		await look(page, `denied.${lang}`);
		await account.click('#logout-here');
		await shows(account, '#logout');
		await look(account, `sign-out.${lang}`);
		await account.click('#logout');
		await shows(account, 'main:not(:has(#logout)) h1');
		await look(account, `signed-out.${lang}`);
		await page.goto(`${demo.status.issuer}/authorize?client_id=nobody&lang=${lang}`);
		assert.match(await page.innerText('#error-code'), /^\S{10}$/);
		await look(page, `error.${lang}`);
	});
}
