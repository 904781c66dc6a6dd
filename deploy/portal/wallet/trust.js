// SPDX-License-Identifier: Apache-2.0
// Whom this wallet trusts: the authorities of issuers and of verifiers, as certificates.
import {objectOf, send} from './http.js';

export async function anchors() {
	return objectOf(await send(new URL('trust.json', import.meta.url))).anchors;
}
