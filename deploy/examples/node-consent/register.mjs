// SPDX-License-Identifier: Apache-2.0
// Makes the company's two keys (keys.json, for nobody else): one that says who it is, one that its answers are
// encrypted to.  Prints what the gateway's operator registers.
//   node register.mjs http://127.0.0.1:3000 > client.json
import { writeFileSync } from 'node:fs';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

const base = process.argv[2] ?? 'http://127.0.0.1:3000';
const signing = await made('ES256', 'sig');
const encryption = await made('ECDH-ES+A256KW', 'enc');
writeFileSync('keys.json', JSON.stringify({ signing, encryption }), { mode: 0o600, flag: 'wx' });

console.log(JSON.stringify({
    client_id: 'example-consent',
    client_name: 'Mekong Bank',
    redirect_uris: [`${base}/back`],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    dpop_bound_access_tokens: true,
    scope: 'consent',
    jwks: { keys: [open(signing), open(encryption)] },
    dvara_purposes: [{
        id: 'open-account',
        why: { en: 'To open a bank account for you.', fr: 'Pour vous ouvrir un compte.' },
        claims: [
            { name: 'name', essential: true },
            { name: 'age_over_18', essential: true, why: { en: 'Accounts are for people of 18 years and more.' } },
            { name: 'phone_number', why: { en: 'To tell you when your card is there.' } },
        ],
    }],
}, null, 2));

async function made(alg, use) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true, crv: 'P-256' });
    const jwk = await exportJWK(privateKey);
    return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use };
}

function open({ d, ...jwk }) {
    return jwk;
}
