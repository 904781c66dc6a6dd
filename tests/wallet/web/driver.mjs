// SPDX-License-Identifier: Apache-2.0
//
// The modules of the web wallet without a browser: a JSON object on each line in, one out.  What was
// accepted is what is presented.  For test_web_wallet.py.
import {createInterface} from 'node:readline';

const modules = new URL('../../../deploy/portal/wallet/', import.meta.url);
const [{fit, mayFit}, {readLink}, {Refusal}, {open}, {readOffer, takeCopies}, vp] = await Promise.all(
	['dcql', 'link', 'refusal', 'sdjwt', 'vci', 'vp'].map((name) => import(new URL(`${name}.js`, modules))));

let held = [];

const verbs = {
	async accept({link, txCode, anchors}) {
		held = [];
		const offer = await readOffer(readLink(link).params);
		held = await takeCopies(offer, txCode, anchors);
		return {copies: held.length, claims: held[0].claims};
	},
	async present({link, anchors}) {
		const request = await vp.fetchRequest(readLink(link).params, anchors);
		if (request.inability) return {inability: request.inability};
		const [copy] = held;
		const known = {vct: copy.payload.vct, names: Object.keys(copy.claims), authorities: copy.authorities};
		const credential = await open(copy.text);
		const found = mayFit(request.query, known) && fit(request.query, credential);
		if (!found) return {fits: false};
		const next = await vp.answer(request, credential, found.needs, copy.key);
		const {verifier, services, message} = request;
		return {fits: true, next, verifier, services: services ?? undefined, message: message ?? undefined};
	},
	async refuse({link, anchors}) {
		return {next: await vp.refuse(await vp.fetchRequest(readLink(link).params, anchors))};
	},
};

for await (const line of createInterface({input: process.stdin})) {
	const {verb, ...words} = JSON.parse(line);
	let said;
	try {
		said = await verbs[verb](words);
	} catch (error) {
		said = error instanceof Refusal ? {refused: error.why, detail: error.detail}
			: {broken: String(error?.stack ?? error)};
	}
	process.stdout.write(JSON.stringify(said) + '\n');
}
