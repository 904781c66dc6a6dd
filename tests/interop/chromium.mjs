// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium without a screen, and without calls of its own.
import {chromium} from 'playwright-core';

export function launch() {
	return chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync'],
	});
}

/* Until a page shows that, and is there to its end: a click ends when the next page begins, of which
 * the first lines may be all there is. */
export async function shows(page, selector) {
	await page.waitForSelector(selector);
	await page.waitForLoadState();
}
