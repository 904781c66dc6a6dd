// SPDX-License-Identifier: Apache-2.0
//
// A login in Chromium through other OpenID providers as they are: oidc-provider, LemonLDAP::NG (Debian), and a second
// Dvara.  Each knows somebody by a telephone or a mail address, which leads to them here.
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import Provider from 'oidc-provider';

import {launch} from '../interop/chromium.mjs';
import {Demo} from '../interop/demo.mjs';
import {Lemonldap} from '../interop/lemonldap.mjs';
import {freePort} from '../interop/ports.mjs';

const pictures = fileURLToPath(new URL('../out/upstream', import.meta.url));
const SECRET = 'of-these-tests-alone-of-these-tests';
const SUBSTANTIAL = 'urn:dvara:loa:substantial';
const PHONE = '+12025550101';
const SOPHEA = /សុខ សុភា|Sok Sophea/;
let folder, gateway, second, lemonldap, node, browser;

before(async () => {
	mkdirSync(pictures, {recursive: true});
	folder = mkdtempSync(join(tmpdir(), 'dvara-upstream-'));
	writeFileSync(join(folder, 'secret'), SECRET, {mode: 0o600});
	second = await Demo.start();
	lemonldap = await Lemonldap.start();
	node = await listening();
	upstream('dvara', second.status.issuer, {
		id_token_signed_response_alg: 'ES256', acr: {'urn:dvara:loa:low': 'urn:dvara:loa:low'}, userinfo: true,
		scope: 'openid phone', person: matching('phone_number'),
	});
	upstream('node', node.issuer, {userinfo: true, scope: 'openid phone', person: matching('phone_number')});
	upstream('lemonldap', lemonldap.issuer, {
		userinfo: true, scope: 'openid email',
		person: {match: {claim: 'email', to: 'email', verified: 'always'}},
	});
	process.env.DVARA_UPSTREAM_FOLDER = folder;
	process.env.DVARA_LOGIN_METHODS = 'wallet upstream';
	gateway = await Demo.start();
	delete process.env.DVARA_UPSTREAM_FOLDER;
	delete process.env.DVARA_LOGIN_METHODS;
	await registerEverywhere();
	browser = await launch();
});
after(async () => {
	await browser?.close();
	gateway?.stop();
	second?.stop();
	await lemonldap?.stop();
	node?.server?.close();
	rmSync(folder, {recursive: true, force: true});
});

const matching = (claim) => ({match: {claim, to: claim, verified: `${claim}_verified`}});
const callback = (name) => `${gateway.status.issuer}/login/upstream/${name}/callback`;

function upstream(name, issuer, more) {
	writeFileSync(join(folder, `${name}.json`), JSON.stringify({
		title: {en: `By ${name}`}, issuer, client_id: 'gateway', token_endpoint_auth_method: 'client_secret_basic',
		client_secret_file: 'secret', ...(more.acr ? {} : {acr_default: SUBSTANTIAL}), ...more,
	}));
}

async function registerEverywhere() {
	writeFileSync(join(folder, 'client'), JSON.stringify({
		client_id: 'gateway', client_secret: SECRET, client_name: 'The first gateway', redirect_uris: [callback('dvara')],
		token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256', scope: 'openid phone',
	}));
	second.dvara('client', 'apply', join(folder, 'client'));
	/* Whom LemonLDAP::NG's demonstration knows. */
	writeFileSync(join(folder, 'person'), JSON.stringify([{
		register_key: 'P-900001', short_name: 'dwho',
		claims: {name: 'Doctor Who', birthdate: '1963-11-23', email: 'dwho@badwolf.org', email_verified: true},
	}]));
	gateway.dvara('person', 'apply', join(folder, 'person'));
	await lemonldap.register('gateway', SECRET, callback('lemonldap'));
	node.server = new Provider(node.issuer, {
		clients: [{client_id: 'gateway', client_secret: SECRET, redirect_uris: [callback('node')]}],
		claims: {openid: ['sub'], phone: ['phone_number', 'phone_number_verified']},
		cookies: {keys: ['of-these-tests']},
		features: {pushedAuthorizationRequests: {enabled: true}},
		findAccount: (ctx, id) => ({
			accountId: id, claims: () => ({sub: id, phone_number: PHONE, phone_number_verified: true}),
		}),
	}).listen(node.port, '127.0.0.1');
}

async function listening() {
	const port = await freePort();
	return {port, issuer: `http://127.0.0.1:${port}`};
}

/* From the portal to the upstream, there, and back to what the portal then knows; twice, since the second time there
 * is nothing left to be asked here, and the way back is one redirect after another. */
async function journey(t, name, who, signIn) {
	const context = await browser.newContext({locale: 'en'});
	t.after(() => context.close());
	context.setDefaultTimeout(60_000);
	for (const time of ['first', 'second']) {
		const page = await context.newPage();
		const complaints = [];
		page.on('console', (said) => said.type() === 'error' && complaints.push(said.text()));
		await page.goto(gateway.status.portal);
		await page.click('#sign-in');
		await page.screenshot({path: join(pictures, `${name}-chooser.png`)});
		await page.click(`#login-upstream-${name}`);
		await signIn(page).catch(async (error) => {
			throw new Error(`${time} time at ${page.url()}: ${await page.innerText('body')}`, {cause: error});
		});
		const isThrough = (url) => url.href.startsWith(gateway.status.portal);
		await page.waitForURL((url) => isThrough(url) || url.href.startsWith(`${gateway.status.issuer}/consent`));
		if (!isThrough(new URL(page.url()))) {
			await page.click('#allow');
			await page.waitForURL(isThrough);
		}
		assert.match(await page.innerText('main'), who);
		await page.screenshot({path: join(pictures, `${name}-${time}.png`)});
		assert.deepEqual(complaints.filter((text) => /Content Security Policy/.test(text)), []);
		await page.close();
		await context.clearCookies();
	}
}

test('oidc-provider', (t) => journey(t, 'node', SOPHEA, async (page) => {
	await page.fill('input[name=login]', 'sophea');
	await page.fill('input[name=password]', 'any');
	await page.click('button[type=submit]');
	await page.click('button[type=submit]:has-text("Continue")');
}));

test('a second Dvara', (t) => journey(t, 'dvara', SOPHEA, async (page) => {
	await page.selectOption('#persona', 'sophea');
	await Promise.all([
		page.waitForURL((url) => !url.pathname.startsWith('/login')), page.click('#login-test button'),
	]);
	if (page.url().startsWith(second.status.issuer)) {
		for (const box of await page.locator('input[name=claim]:not(:disabled)').all()) await box.check();
		await page.click('#allow');
	}
}));

test('LemonLDAP::NG', (t) => journey(t, 'lemonldap', /Doctor Who/, async (page) => {
	await page.fill('input[name=user]', 'dwho');
	await page.fill('input[name=password]', 'dwho');
	await page.click('button[type=submit]');
}));
