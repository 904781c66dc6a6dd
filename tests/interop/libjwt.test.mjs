// SPDX-License-Identifier: Apache-2.0
// A relying party in C on libjwt believes our ID tokens, and no others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';

import { Browser } from './browser.mjs';
import { Demo } from './demo.mjs';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'; // RFC 7636 appendix B
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

let demo, token, pem;
before(async () => {
    demo = await Demo.start();
    for (const alg of ['ES256', 'RS256']) {
        const file = join(demo.dir, `${alg}.json`);
        writeFileSync(file, JSON.stringify({
            client_id: alg.toLowerCase(), client_name: alg, redirect_uris: ['https://rp.test/cb'],
            token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: alg,
        }));
        demo[alg] = demo.dvara('client', 'apply', file);
    }
});
after(() => demo.stop());

async function idToken(client) {
    const query = new URLSearchParams({
        client_id: client.client_id, redirect_uri: 'https://rp.test/cb', response_type: 'code', scope: 'openid',
        code_challenge: CHALLENGE, code_challenge_method: 'S256',
    });
    const back = await new Browser(demo.issuer.origin).walk(`${demo.status.issuer}/authorize?${query}`);
    const answer = await fetch(`${demo.status.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
            grant_type: 'authorization_code', code: back.searchParams.get('code'), redirect_uri: 'https://rp.test/cb',
            client_id: client.client_id, client_secret: client.client_secret, code_verifier: VERIFIER,
        }),
    });
    return (await answer.json()).id_token;
}

async function keyFile(idToken) {
    const { kid } = jose.decodeProtectedHeader(idToken);
    const { keys } = await (await fetch(`${demo.status.issuer}/jwks`)).json();
    const file = join(demo.dir, `${kid}.pem`);
    writeFileSync(file, createPublicKey({ key: keys.find((key) => key.kid === kid), format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
    return file;
}

function rp(input, ...words) {
    return spawnSync(join(demo.status.bin, 'interop_libjwt'), words, { input, encoding: 'utf8', timeout: 60_000 });
}

for (const alg of ['ES256', 'RS256']) {
    test(`believes an ID token of ${alg}`, async () => {
        token = await idToken(demo[alg]);
        pem = await keyFile(token);
        const { status, stdout, stderr } = rp(token, pem, demo.status.issuer, alg.toLowerCase());
        assert.equal(status, 0, stderr);
        assert.equal(stdout.trim(), jose.decodeJwt(token).sub);
    });
}

test('believes none that was altered, or is for another client', async () => {
    const [header, payload, signature] = token.split('.');
    const other = Buffer.from(JSON.stringify({ ...jose.decodeJwt(token), sub: 'somebody' })).toString('base64url');
    assert.equal(rp([header, other, signature].join('.'), pem, demo.status.issuer, 'rs256').status, 1);
    assert.equal(rp([header, payload, signature].join('.'), pem, demo.status.issuer, 'es256').status, 1);
});
