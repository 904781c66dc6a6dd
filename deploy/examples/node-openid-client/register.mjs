// SPDX-License-Identifier: Apache-2.0
// Makes the application's key (key.json, for nobody else), and prints what the gateway's operator registers.
//   node register.mjs https://app.example > client.json
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const base = process.argv[2] ?? 'http://127.0.0.1:3000';
const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
const { crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
const jwk = { kid: randomUUID(), use: 'sig', alg: 'ES256', kty: 'EC', crv, x, y };
writeFileSync('key.json', JSON.stringify({ ...jwk, d }), { mode: 0o600, flag: 'wx' });

console.log(JSON.stringify({
    client_id: 'example-openid-client',
    client_name: 'Example with openid-client',
    dvara_profile: 'fapi2',
    jwks: { keys: [jwk] },
    redirect_uris: [`${base}/callback`],
    post_logout_redirect_uris: [`${base}/`],
    grant_types: ['authorization_code', 'refresh_token'],
    dpop_bound_access_tokens: true,
    scope: 'openid profile email',
}, null, 2));
