// SPDX-License-Identifier: Apache-2.0
// Once loaded, the wallet opens without a network: what it is made of is kept.  With a network the
// newest is taken.  Calls to issuers and verifiers are not its business.
const KEPT = 'dvara-wallet';
const FILES = [
	'./', 'style.css', 'wallet.css', 'icon.svg', 'manifest.webmanifest', 'trust.json', 'app.js',
	'bytes.js', 'certificate.js', 'chain.js', 'clock.js', 'dcql.js', 'der.js', 'dom.js', 'home.js',
	'http.js', 'identities.js', 'jwe.js', 'jws.js', 'link.js', 'offer.js', 'pin.js', 'refusal.js',
	'request.js', 'scan.js', 'sdjwt.js', 'session.js', 'store.js', 'text.js', 'trust.js', 'vci.js',
	'vp.js', 'texts/ar.json', 'texts/en.json', 'texts/fr.json', 'texts/km.json', 'texts/lo.json',
];

self.addEventListener('install', (event) => {
	event.waitUntil((async () => {
		await (await caches.open(KEPT)).addAll(FILES);
		await self.skipWaiting();
	})());
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
	const url = new URL(event.request.url);
	if (event.request.method !== 'GET' || !url.href.startsWith(self.registration.scope)) return;
	event.respondWith(fetched(event.request, url.pathname));
});

/* By path alone: a link in the query is nobody's to keep. */
async function fetched(request, path) {
	const kept = await caches.open(KEPT);
	try {
		const answer = await fetch(request);
		if (answer.ok) await kept.put(path, answer.clone());
		return answer;
	} catch (error) {
		const found = await kept.match(path);
		if (found) return found;
		throw error;
	}
}
