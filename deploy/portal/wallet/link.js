// SPDX-License-Identifier: Apache-2.0
// What a QR or a link says: a request to present, an offer, or nothing for a wallet.
import {demand, Refusal} from './refusal.js';

const PRESENT = ['openid4vp:', 'haip-vp:'];
const OFFER = ['openid-credential-offer:', 'haip-vci:'];

/* {kind: 'present' | 'offer', params}; a name that stands twice is refused. */
export function readLink(text) {
	let url;
	try {
		url = new URL(text.trim());
	} catch {
		throw new Refusal('not-a-link');
	}
	const params = {};
	for (const [name, value] of url.searchParams) {
		demand(!(name in params), 'not-a-link', `${name} stands twice`);
		params[name] = value;
	}
	const kind = kindOf(url.protocol, params);
	demand(kind, 'not-a-link');
	return {kind, params};
}

/* An https address is one that a wallet has claimed (universal link). */
function kindOf(scheme, params) {
	const isWeb = scheme === 'https:' || scheme === 'http:';
	if ((isWeb || PRESENT.includes(scheme)) && params.client_id && params.request_uri) return 'present';
	const offers = ['credential_offer', 'credential_offer_uri'].filter((name) => name in params);
	if ((isWeb || OFFER.includes(scheme)) && offers.length === 1) return 'offer';
	return null;
}
