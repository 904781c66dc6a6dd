// SPDX-License-Identifier: Apache-2.0
// Makes the application's key (key.json, for nobody else) where there is none yet, and prints what the gateway's operator registers.
//   node register.mjs https://app.example > client.json
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const base = process.argv[2] ?? 'http://127.0.0.1:3000';
const { d, ...jwk } = existsSync('key.json') ? JSON.parse(readFileSync('key.json', 'utf8')) : await made();

async function made() {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const { crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const key = { kid: randomUUID(), use: 'sig', alg: 'ES256', kty: 'EC', crv, x, y, d };
    writeFileSync('key.json', JSON.stringify(key), { mode: 0o600, flag: 'wx' });
    return key;
}

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
