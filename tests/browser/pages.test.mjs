// SPDX-License-Identifier: Apache-2.0
//
// Looks at every page that page-preview writes, in every language, in Chromium, 320 and 1280 pixels
// wide: axe (WCAG 2.2 AA), no scrolling sideways (with text spacing and 200 % text neither), targets
// of at least 44 pixels; and the steps a keyboard takes.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {launch} from '../interop/chromium.mjs';

const bin = process.env.DVARA_BIN ?? fileURLToPath(new URL('../../build/debug/bin', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const spacing = '*{line-height:1.5!important;letter-spacing:.12em!important;' +
	'word-spacing:.16em!important}p{margin-block-end:2em!important}';

const folder = mkdtempSync(join(tmpdir(), 'dvara-pages-'));
execFileSync(join(bin, 'page-preview'), [folder]);
const browser = await launch();
after(async () => {
	await browser.close();
	rmSync(folder, {recursive: true});
});

const overflow = () =>
	page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const page = await browser.newPage();
/* A page that sends its form by itself stays to be looked at. */
await page.addInitScript(() => { HTMLFormElement.prototype.submit = () => {}; });

async function open(file, width) {
	await page.setViewportSize({width, height: 900});
	await page.goto(pathToFileURL(join(folder, file)).href);
	/* What a script shows later is looked at too. */
	await page.evaluate(() => {
		for (const element of document.querySelectorAll('[hidden]:not(iframe)')) element.hidden = false;
	});
}

/* In the page: what a finger may miss. */
function smallTargets() {
	const all = document.querySelectorAll('a:not(.skip),button,select,input:not([type=hidden])');
	return [...all].filter((element) => {
		const box = (element.closest('label') ?? element).getBoundingClientRect();
		return box.width < 43.5 || box.height < 43.5;
	}).map((element) => element.id || element.textContent.trim());
}

async function fits() {
	assert.equal(await overflow(), 0);
	assert.deepEqual(await page.evaluate(smallTargets), []);
}

for (const file of readdirSync(folder)) {
	test(file, async () => {
		await open(file, 1280);
		await fits();
		await open(file, 320);
		await fits();
		await page.evaluate(axe);
		const {violations} = await page.evaluate((runOnly) => axe.run({runOnly}), wcag);
		assert.deepEqual(violations.map(({id, nodes}) => `${id} ${nodes[0].target}`), []);
		await page.addStyleTag({content: spacing});
		assert.equal(await overflow(), 0);
		await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
		assert.equal(await overflow(), 0);
	});
}

test('consent by keyboard: skip link first, buttons last and of one size', async () => {
	await open('consent.en.html', 1280);
	const focused = () => page.evaluate(() =>
		document.activeElement.id || document.activeElement.value || document.activeElement.className);
	const order = [];
	for (let i = 0; i < 10; i++) {
		await page.keyboard.press('Tab');
		order.push(await focused());
	}
	assert.deepEqual(order, ['skip', 'has_disability', 'address', 'phone_number', 'email',
		'purpose-registered', 'client-policy', 'client-terms', 'allow', 'deny']);
	const [allow, deny] = [await page.locator('#allow').boundingBox(),
		await page.locator('#deny').boundingBox()];
	assert.deepEqual([allow.width, allow.height], [deny.width, deny.height]);
});
