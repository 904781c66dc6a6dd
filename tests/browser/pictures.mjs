// SPDX-License-Identifier: Apache-2.0
//
// node tests/browser/pictures.mjs: the pictures of README.md (deploy/pictures), from the sample views
// of the pages' tests, at the size of a phone.  Needs a build and tests/node_modules (tests/run makes
// both).
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {launch} from '../interop/chromium.mjs';

const bin = process.env.DVARA_BIN ?? fileURLToPath(new URL('../../build/debug/bin', import.meta.url));
const pictures = fileURLToPath(new URL('../../deploy/pictures', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dvara-pictures-'));
const browser = await launch();
const page = await browser.newPage({viewport: {width: 400, height: 800}});

execFileSync(join(bin, 'page-preview'), [folder]);
for (const name of ['consent', 'account']) {
	const path = join(pictures, `${name}.png`);
	await page.goto(pathToFileURL(join(folder, `${name}.en.html`)).href);
	/* The sample's logo is no file. */
	await page.evaluate(() => document.querySelector('img.logo')?.parentElement.remove());
	await page.screenshot({path, clip: {x: 0, y: 0, width: 400, height: 860}, fullPage: true});
	console.log(`${path}: ${statSync(path).size} bytes`);
}
await browser.close();
rmSync(folder, {recursive: true});
