// SPDX-License-Identifier: Apache-2.0
// The consent API of a gateway, for one client: a token of its own that is bound to a key (DPoP), calls, and what is
// signed.  Nothing here is about the company; copy it as it is.
import { randomUUID } from 'node:crypto';
import { compactDecrypt, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';

export class Problem extends Error {
    constructor(status, body) {
        super(`${status} ${body.type}: ${body.detail}`);
        Object.assign(this, { status, name: new URL(body.type).pathname.split('/').at(-1), body });
    }
}

export class Gateway {
    static async open(issuer, clientId, { signing, encryption }) {
        const it = new Gateway();
        it.client = { client_id: clientId };
        it.auth = oauth.PrivateKeyJwt({ kid: signing.kid, key: await importJWK(signing, 'ES256') });
        it.dpop = oauth.DPoP(it.client, await oauth.generateKeyPair('ES256'));
        it.encryption = await importJWK(encryption);
        it.server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)));
        it.keys = createRemoteJWKSet(new URL(it.server.jwks_uri));
        return it;
    }

    // One call; a path below /consent/v1.  Each POST is done once: a repetition has the same key.
    async call(method, path, body, { accept = 'application/json', key = randomUUID() } = {}) {
        const url = new URL(`${this.server.issuer}/consent/v1${path}`);
        const headers = new Headers({ accept });
        if (method === 'POST') headers.set('idempotency-key', key);
        if (body !== undefined) headers.set('content-type', 'application/json');
        const text = body === undefined ? undefined : JSON.stringify(body);
        const token = await this.token();
        const answer = await bound(() => oauth.protectedResourceRequest(token, method, url, headers, text, { DPoP: this.dpop }));
        if (answer.status === 204) return null;
        const type = answer.headers.get('content-type').split(';')[0];
        if (!answer.ok) throw new Problem(answer.status, await answer.json());
        return type === 'application/jwt' ? answer.text() : answer.json();
    }

    async token() {
        if (!this.kept || Date.now() > this.until) {
            const asked = new URLSearchParams({ scope: 'consent' });
            this.kept = await bound(async () => oauth.processClientCredentialsResponse(this.server, this.client,
                await oauth.clientCredentialsGrantRequest(this.server, this.client, this.auth, asked, { DPoP: this.dpop })));
            this.until = Date.now() + (this.kept.expires_in - 30) * 1000;
        }
        return this.kept.access_token;
    }

    // What the gateway signed for us.  The keys of /jwks may be kept: with them this needs no network.
    async verified(jws, typ) {
        const { payload } = await jwtVerify(jws, this.keys, {
            issuer: this.server.issuer, audience: this.client.client_id, typ, algorithms: ['ES256'],
        });
        return payload;
    }

    // The attributes: encrypted to our key, and signed inside of that.
    async release(consent) {
        const jwe = await this.call('POST', `/consents/${consent}/releases`, {});
        const { plaintext } = await compactDecrypt(jwe, this.encryption);
        return this.verified(new TextDecoder().decode(plaintext), 'release+jwt');
    }

    async receipt(consent) {
        const jws = await this.call('GET', `/consents/${consent}/receipt`, undefined, { accept: 'application/jwt' });
        return { jws, claims: await this.verified(jws, 'consent-receipt+jwt') };
    }
}

// The gateway may ask for a nonce of its own in the proof (RFC 9449 section 8): the library keeps it, we ask again.
async function bound(request) {
    try {
        return await request();
    } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
        return request();
    }
}
