// SPDX-License-Identifier: Apache-2.0
//
// The web wallet of the demo (deploy/portal/wallet) in Chromium: takes offers, signs people in at the
// portal, refuses, chooses between identities, opens without a network.  Leaves pictures in
// tests/out/wallet.
import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {launch, shows} from '../interop/chromium.mjs';
import {Demo} from '../interop/demo.mjs';
import {askedPaths, readQuery} from '../../deploy/portal/wallet/dcql.js';

const pictures = fileURLToPath(new URL('../out/wallet', import.meta.url));
const folder = fileURLToPath(new URL('../../deploy/portal/wallet/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const LANGUAGES = ['km', 'lo', 'en', 'fr', 'ar'];
const PIN = '246810';
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

/* A browser of one person, with a wallet in it. */
class Person {
	static async open(t, {locale = 'en', width = 1280} = {}) {
		const person = new Person();
		person.complaints = [];
		person.context = await browser.newContext({locale, viewport: {width, height: 800}});
		person.context.setDefaultTimeout(60_000);
		t.after(() => person.context.close());
		person.wallet = await person.page(demo.status.web_wallet);
		return person;
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

	async paste(link) {
		await this.wallet.goto(demo.status.web_wallet);
		await this.wallet.fill('#link', link);
		await this.wallet.click('#open');
	}

	/* An offer of the register for a persona, up to the form. */
	async offer(persona) {
		const offered = demo.dvara('person', 'offer', persona);
		await this.paste(offered.credential_offer_uri);
		await this.wallet.fill('#tx-code', offered.tx_code);
	}

	async accept(persona, {pin = PIN, label = '', relation = 'own'} = {}) {
		await this.offer(persona);
		await this.wallet.fill('#label', label);
		await this.wallet.check(`input[name=relation][value=${relation}]`);
		await this.wallet.fill('#pin', pin);
		await this.wallet.fill('#pin-again', pin);
		await this.wallet.click('#accept');
		await this.wallet.waitForSelector('#accepted');
	}

	/* From the first page of the portal to the wallet page of the gateway. */
	async signIn() {
		const page = await this.page(demo.status.portal);
		await page.click('#sign-in');
		await page.click('#login-wallet');
		await shows(page, '#wallet-link');
		return page;
	}

	async share(pin = PIN, label = null) {
		await this.wallet.waitForSelector('#answer');
		if (label) await this.wallet.check(`label:has(bdi:text-is("${label}")) input[name=who]`);
		await this.wallet.fill('#pin', pin);
		await this.wallet.click('#share');
	}

	/* The wallet's page is sent on to the gateway; who the portal then says it is. */
	async toPortal() {
		await shows(this.wallet, '#consent, dd#name');
		if (await this.wallet.locator('#consent').count()) await this.wallet.click('#allow');
		await this.wallet.waitForURL(`${demo.status.portal}/me`);
		return (await this.wallet.innerText('#name')).trim();
	}

	async labels() {
		await this.wallet.waitForSelector('#identities');
		return this.wallet.locator('#identities strong').allInnerTexts();
	}

	async keysLeft() {
		await this.wallet.waitForSelector('#identities');
		return this.wallet.locator('#identities .keys').allInnerTexts();
	}
}

const nameOf = (persona) => JSON.parse(readFileSync(
	new URL('../../conf/demo/personas.json', import.meta.url)))
	.find((one) => one.short_name === persona).claims.name;

test('from an offer to a login', async (t) => {
	const sophea = await Person.open(t);
	await sophea.wallet.waitForSelector('#empty');
	await sophea.accept('sophea');
	await sophea.wallet.click('#done');
	assert.match((await sophea.keysLeft())[0], /unused keys: 8/);
	const page = await sophea.signIn();
	await sophea.paste(await page.getAttribute('#wallet-link', 'href'));
	await sophea.wallet.waitForSelector('#answer');
	assert.equal(await sophea.wallet.innerText('#host'), new URL(demo.status.issuer).host);
	assert.equal(await sophea.wallet.innerText('#service'), 'Citizen portal');
	assert.deepEqual(await sophea.wallet.locator('#asked li').allInnerTexts(), ['Personal number']);
	await sophea.share();
	assert.equal(await sophea.toPortal(), nameOf('sophea'));
	await sophea.wallet.goto(demo.status.web_wallet);
	assert.match((await sophea.keysLeft())[0], /unused keys: 7/);
	assert.deepEqual(sophea.complaints, []);
});

test('what is shown is all that may leave', () => {
	const claims = ['nickname', 'personal_number', 'birthdate'].map((name) => ({id: name, path: [name]}));
	claims[0].values = ['nobody has this one'];
	const query = readQuery({credentials: [{id: 'pid', format: 'dc+sd-jwt', meta: {vct_values: ['x']},
		claims, claim_sets: [['nickname'], ['personal_number', 'birthdate']]}]});
	assert.deepEqual(askedPaths(query), [['nickname'], ['personal_number'], ['birthdate']]);
});

test('the gateway’s page opens the wallet by its link', async (t) => {
	const vannak = await Person.open(t);
	await vannak.accept('vannak');
	const page = await vannak.signIn();
	await page.click('#wallet-universal');
	vannak.wallet = page;
	await vannak.share();
	assert.equal(await vannak.toPortal(), nameOf('vannak'));
	assert.deepEqual(vannak.complaints, []);
});

test('across devices, by the text of the QR', async (t) => {
	const phone = await Person.open(t, {width: 390});
	await phone.accept('bopha');
	const desk = await Person.open(t);
	const page = await desk.signIn();
	await phone.paste(await page.getAttribute('#wallet-qr', 'data-uri'));
	await phone.share();
	await shows(phone.wallet, '#confirm-code');
	await page.waitForFunction(() => document.activeElement?.id === 'wallet-code');
	await page.fill('#wallet-code', (await phone.wallet.innerText('#confirm-code')).trim());
	await page.click('#wallet-continue');
	await page.waitForSelector('#consent');
	assert.deepEqual(phone.complaints, []);
});

test('a QR in a picture', async (t) => {
	const person = await Person.open(t);
	if (!await person.wallet.evaluate(() => 'BarcodeDetector' in globalThis)) {
		assert.equal(await person.wallet.locator('#scan, #picture').count(), 0, 'not offered');
		t.skip('this Chromium has no BarcodeDetector');
		return;
	}
	const page = await person.signIn();
	await page.locator('#wallet-qr').screenshot({path: join(pictures, 'qr.png')});
	await person.wallet.setInputFiles('#picture', join(pictures, 'qr.png'));
	await person.wallet.waitForSelector('#answer');
});

test('a refusal shares nothing', async (t) => {
	const person = await Person.open(t);
	await person.accept('claire');
	const page = await person.signIn();
	await person.paste(await page.getAttribute('#wallet-link', 'href'));
	await person.wallet.click('#refuse');
	await person.wallet.waitForSelector('#refused');
	await person.wallet.click('#done');
	assert.match((await person.keysLeft())[0], /unused keys: 8/);
	/* The gateway's page goes on by itself. */
	await shows(page, 'h1:text-is("You are not signed in")');
	assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');
});

test('a wrong PIN opens nothing; the fifth deletes the keys', async (t) => {
	const person = await Person.open(t);
	await person.accept('noy');
	const page = await person.signIn();
	await person.paste(await page.getAttribute('#wallet-link', 'href'));
	for (const left of [4, 3]) {
		await person.share('999999');
		await person.wallet.waitForSelector(`#wrong:has-text("Tries left: ${left}")`);
	}
	await person.share();
	assert.equal(await person.toPortal(), nameOf('noy'));

	await person.wallet.goto(`${demo.status.portal}/me`);
	await person.wallet.click('#sign-out');
	await person.wallet.waitForURL(`${demo.status.portal}/signed-out`);
	const again = await person.signIn();
	const link = await again.getAttribute('#wallet-link', 'href');
	await person.paste(link);
	for (const left of [4, 3, 2, 1]) {
		await person.share('999999');
		await person.wallet.waitForSelector(`#wrong:has-text("Tries left: ${left}")`);
	}
	await person.share('999999');
	await person.wallet.waitForSelector('#wrong:has-text("its keys are deleted")');
	await person.paste(link);
	await person.wallet.waitForSelector('#nothing-fits');
	assert.equal(await person.wallet.locator('#share').count(), 0);
	assert.deepEqual(await inStore(person.wallet), [{n_credentials: 0, kept: []}]);
});

/* In the page: what lies in the browser, as far as anybody can read it. */
function inStore(page) {
	return page.evaluate(async () => {
		const asked = indexedDB.open('dvara-wallet');
		await new Promise((done) => { asked.onsuccess = done; });
		const rows = asked.result.transaction('identities').objectStore('identities').getAll();
		await new Promise((done) => { rows.onsuccess = done; });
		const kept = async ({key, text}) => ({
			isPrivate: key.type === 'private' && !key.extractable,
			exports: await crypto.subtle.exportKey('pkcs8', key).then(() => true, () => false),
			isSealed: !new TextDecoder('latin1').decode(text.sealed).includes('eyJ'),
		});
		return Promise.all(rows.result.map(async ({credentials}) => ({
			n_credentials: credentials.length,
			kept: (await Promise.all(credentials.flatMap(({copies}) => copies.map(kept)))).slice(0, 1),
		})));
	});
}

test('keys cannot be read, credentials are sealed', async (t) => {
	const person = await Person.open(t);
	await person.accept('mariem');
	assert.deepEqual(await inStore(person.wallet), [{n_credentials: 1,
		kept: [{isPrivate: true, exports: false, isSealed: true}]}]);
	const texts = await person.wallet.evaluate(() => [JSON.stringify(localStorage), document.cookie]);
	assert.deepEqual(texts, ['{}', '']);
});

test('two identities: the person chooses, each has its PIN', async (t) => {
	const person = await Person.open(t);
	await person.accept('sophea', {label: 'Me'});
	await person.accept('vannak', {label: 'My son', relation: 'child', pin: '135791'});
	await person.wallet.click('#done');
	assert.deepEqual(await person.labels(), ['Me', 'My son']);
	const page = await person.signIn();
	await person.paste(await page.getAttribute('#wallet-link', 'href'));
	await person.share(PIN, 'My son');
	await person.wallet.waitForSelector('#wrong:has-text("Wrong PIN")');
	await person.share('135791', 'My son');
	assert.equal(await person.toPortal(), nameOf('vannak'));
	/* An offer may also join one that is there. */
	await person.offer('sophea');
	await person.wallet.check('label:has(bdi:text-is("Me")) input[name=who]');
	assert.equal(await person.wallet.isVisible('#fresh'), false);
	await person.wallet.fill('#pin', PIN);
	await person.wallet.click('#accept');
	await person.wallet.waitForSelector('#accepted');
	await person.wallet.click('#done');
	assert.equal((await person.labels()).length, 2);
	await person.wallet.click('[data-label="My son"] .make-default');
	await person.wallet.waitForSelector('#identities li:first-child:has-text("My son")');
	await person.wallet.click('[data-label="Me"] .remove');
	await person.wallet.click('#really');
	assert.deepEqual(await person.labels(), ['My son']);
	assert.deepEqual(person.complaints, []);
});

test('once loaded it opens without a network', async (t) => {
	const person = await Person.open(t);
	await person.accept('alex', {label: 'Alex'});
	await person.wallet.evaluate(() => navigator.serviceWorker.ready);
	const link = await (await person.signIn()).getAttribute('#wallet-link', 'href');
	await person.context.setOffline(true);
	await person.wallet.goto(demo.status.web_wallet);
	await person.wallet.waitForSelector('[data-label="Alex"]');
	await person.wallet.click('#languages [lang=ar]');
	await person.wallet.waitForSelector('html[dir=rtl] #identities');
	await person.wallet.click('#languages [lang=en]');
	await person.wallet.waitForSelector('html[lang=en] #identities');
	await person.wallet.fill('#link', link);
	await person.wallet.click('#open');
	await person.wallet.waitForSelector('#problem:has-text("You are offline")');
	const [manifest] = await person.wallet.locator('link[rel=manifest]').all();
	assert.equal(await manifest.getAttribute('href'), 'manifest.webmanifest');
});

test('an offer: wrong code, PINs that differ, and no second time', async (t) => {
	const person = await Person.open(t);
	const offered = demo.dvara('person', 'offer', 'khamla');
	await person.paste(offered.credential_offer_uri);
	await person.wallet.fill('#pin', '1234');
	await person.wallet.fill('#pin-again', '1234');
	const says = async (text) => {
		await person.wallet.click('#accept');
		await person.wallet.waitForSelector(`#wrong:has-text("${text}")`);
	};
	await says('Please give the code');
	await person.wallet.fill('#tx-code', offered.tx_code.replace(/\d/g, (digit) => (digit + 1) % 10));
	await says('too short');
	await person.wallet.fill('#pin', PIN);
	await says('differ');
	await person.wallet.fill('#pin-again', PIN);
	await says('The code is wrong');
	await person.wallet.fill('#tx-code', offered.tx_code);
	await person.wallet.click('#accept');
	await person.wallet.waitForSelector('#accepted');
	await person.paste(offered.credential_offer_uri);
	await person.wallet.waitForSelector('#problem:has-text("used already")');
});

test('no links for a wallet', async (t) => {
	const person = await Person.open(t);
	for (const link of ['hello', 'https://example.org/', 'javascript:alert(1)',
		'openid4vp://?client_id=a&client_id=b&request_uri=c']) {
		await person.paste(link);
		await person.wallet.waitForSelector('#problem:has-text("no link for a wallet")');
	}
	assert.deepEqual(person.complaints, []);
});

const textsOf = (code) => JSON.parse(readFileSync(join(folder, `texts/${code}.json`)));

test('all languages have all texts', () => {
	const texts = LANGUAGES.map(textsOf);
	for (const one of texts) {
		assert.deepEqual(Object.keys(one), Object.keys(texts[2]));
		for (const [key, text] of Object.entries(one)) {
			const holes = (one) => String(one).match(/\{\w+\}/g)?.sort();
			assert.deepEqual(holes(text), holes(texts[2][key]), key);
			assert.doesNotMatch(String(text), / [:;?!»]|« /, `a line may begin with the sign: ${key}`);
		}
	}
});

test('the service worker keeps every file', () => {
	const listed = readFileSync(join(folder, 'sw.js'), 'utf8');
	for (const file of readdirSync(folder, {recursive: true})) {
		const isPart = /\.(js|css|json|svg|webmanifest)$/.test(file) && file !== 'sw.js';
		if (isPart) assert.ok(listed.includes(`'${file}'`), file);
	}
});

/* Markup is the same in all languages: one of each direction is enough for axe. */
async function look(page, view, code) {
	const name = `${view}.${code}`;
	await page.screenshot({path: join(pictures, `${name}.png`), fullPage: true});
	assert.equal(await page.evaluate(() =>
		document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, name);
	if (!['km', 'ar'].includes(code)) return;
	const {violations} = await page.evaluate(`${axe}; axe.run({runOnly: ${JSON.stringify(wcag)}})`);
	assert.deepEqual(violations.map(({id, nodes}) => `${id} ${nodes[0].target}`), [], name);
}

test('every view fits 320 pixels', async (t) => {
	const person = await Person.open(t, {width: 320});
	await person.accept('sophea');
	await person.accept('vannak', {relation: 'child'});
	const offered = demo.dvara('person', 'offer', 'sophea').credential_offer_uri;
	for (const code of process.env.DVARA_LONG ? LANGUAGES : ['km', 'ar']) {
		await person.wallet.goto(demo.status.web_wallet);
		await person.wallet.click(`#languages [lang=${code}]`);
		await person.wallet.waitForSelector(`h1:text-is("${textsOf(code)['home-title']}")`);
		await person.wallet.click('#about-pin summary');
		await look(person.wallet, 'home', code);
		await person.paste(offered);
		await person.wallet.waitForSelector('#take');
		await look(person.wallet, 'offer', code);
		await person.paste(await (await person.signIn()).getAttribute('#wallet-link', 'href'));
		await person.wallet.waitForSelector('#answer');
		await person.wallet.click('#share');
		await person.wallet.waitForSelector('#wrong:visible');
		await look(person.wallet, 'request', code);
		await person.paste('x');
		await person.wallet.waitForSelector('#problem');
		await look(person.wallet, 'problem', code);
	}
});
