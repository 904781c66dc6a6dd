// SPDX-License-Identifier: Apache-2.0
// A foreign wallet: @openid4vc and @sd-jwt do the protocols, jose and node:crypto the cryptography.
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { clientAuthenticationNone, Oauth2Client, setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import { digest, ES256 } from '@sd-jwt/crypto-nodejs';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import * as jose from 'jose';

setGlobalConfig({ allowInsecureUrls: true });

export class Wallet {
    // trust: PEM of the anchors it believes.
    constructor(trust) {
        this.anchors = trust.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g).map((pem) => new X509Certificate(pem));
        this.callbacks = {
            hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
            generateRandom: (bytes) => randomBytes(bytes),
            signJwt: (signer, { header, payload }) => this.sign(header, payload),
            verifyJwt: (signer, { header, compact }) => this.verify(signer, header, compact),
            encryptJwe: (encryptor, text) => encrypt(encryptor, text),
            decryptJwe: async () => ({ decrypted: false }),
            clientAuthentication: () => {},
            getX509CertificateMetadata: (certificate) => {
                const parsed = new X509Certificate(Buffer.from(certificate, 'base64'));
                return { sanDnsNames: (parsed.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:')).map((name) => name.slice(4)), sanUriNames: [] };
            },
            fetch,
        };
        this.vci = new Openid4vciClient({ callbacks: this.callbacks });
        this.vp = new Openid4vpClient({ callbacks: this.callbacks });
    }

    static ofHome(home) {
        return new Wallet(readFileSync(join(home, 'trust.pem'), 'utf8'));
    }

    async sign(header, payload) {
        const jwt = await new jose.SignJWT(payload).setProtectedHeader(header).sign(this.key);
        return { jwt, signerJwk: this.jwk };
    }

    // The library leaves it to the callback to believe a certificate.
    async verify(signer, header, compact) {
        const [leaf] = header.x5c.map((der) => new X509Certificate(Buffer.from(der, 'base64')));
        if (!this.anchors.some((anchor) => leaf.checkIssued(anchor) && leaf.verify(anchor.publicKey))) return { verified: false };
        try {
            await jose.compactVerify(compact, leaf.publicKey, { algorithms: ['ES256'] });
            return { verified: true, signerJwk: await jose.exportJWK(leaf.publicKey) };
        } catch {
            return { verified: false };
        }
    }

    async accept(offerUri, txCode) {
        await this.newKey();
        const credentialOffer = await this.vci.resolveCredentialOffer(offerUri);
        const issuerMetadata = await this.vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
        const { accessTokenResponse } = await this.vci.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode });
        await this.fetchCredential(credentialOffer.credential_configuration_ids[0], issuerMetadata, accessTokenResponse.access_token);
    }

    // The way by a login: browse(url) goes from there to the redirect back.  A client with a key for its tokens.
    async acceptByLogin(offerUri, { clientId, redirectUri, browse }) {
        const pair = await jose.generateKeyPair('ES256', { extractable: true });
        const callbacks = { ...this.callbacks, clientAuthentication: clientAuthenticationNone({ clientId }),
            signJwt: async (signer, { header, payload }) => ({
                jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(pair.privateKey),
                signerJwk: signer.publicJwk }) };
        const vci = new Openid4vciClient({ callbacks });
        const dpop = { signer: { method: 'jwk', alg: 'ES256', publicJwk: await jose.exportJWK(pair.publicKey) } };
        const credentialOffer = await vci.resolveCredentialOffer(offerUri);
        const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
        const id = credentialOffer.credential_configuration_ids[0];
        const scope = issuerMetadata.credentialIssuer.credential_configurations_supported[id].scope;
        const begun = await vci.initiateAuthorization({ credentialOffer, issuerMetadata, clientId, redirectUri, scope, dpop });
        const back = await browse(begun.authorizationRequestUrl);
        const { accessTokenResponse } = await vci.retrieveAuthorizationCodeAccessTokenFromOffer({
            credentialOffer, issuerMetadata, authorizationCode: back.searchParams.get('code'),
            pkceCodeVerifier: begun.pkce.codeVerifier, redirectUri, dpop,
        });
        const renew = async () => {
            const oauth = new Oauth2Client({ callbacks });
            const { accessTokenResponse: renewed } = await oauth.retrieveRefreshTokenAccessToken({
                authorizationServerMetadata: issuerMetadata.authorizationServers[0], refreshToken: accessTokenResponse.refresh_token, dpop,
            });
            await this.fetchCredential(id, issuerMetadata, renewed.access_token, dpop, vci);
        };
        await this.newKey();
        await this.fetchCredential(id, issuerMetadata, accessTokenResponse.access_token, dpop, vci);
        return { tokens: accessTokenResponse, renew };
    }

    async newKey() {
        const pair = await jose.generateKeyPair('ES256', { extractable: true });
        this.key = pair.privateKey;
        this.jwk = await jose.exportJWK(pair.publicKey);
    }

    async fetchCredential(credentialConfigurationId, issuerMetadata, accessToken, dpop, vci = this.vci) {
        const { c_nonce: nonce } = await this.vci.requestNonce({ issuerMetadata });
        const { jwt } = await this.vci.createCredentialRequestJwtProof({
            issuerMetadata, credentialConfigurationId, nonce, signer: { method: 'jwk', alg: 'ES256', publicJwk: this.jwk },
        });
        const { credentialResponse } = await vci.retrieveCredentials({
            issuerMetadata, credentialConfigurationId, accessToken, proofs: { jwt: [jwt] }, dpop,
        });
        this.credential = credentialResponse.credentials[0].credential;
        if (credentialResponse.notification_id) {
            await vci.sendNotification({
                issuerMetadata, accessToken, dpop,
                notification: { notificationId: credentialResponse.notification_id, event: 'credential_accepted' },
            });
        }
    }

    // Resolves a link, shows exactly what it asks, and posts; answers {redirect_uri}.
    async present(link) {
        const parsed = this.vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
        const request = await this.vp.resolveOpenId4vpAuthorizationRequest({
            authorizationRequestPayload: parsed.params, wallet: { nonce: randomBytes(16).toString('base64url') },
        });
        const asked = request.authorizationRequestPayload;
        const [query] = asked.dcql_query.credentials;
        const response = await this.vp.createOpenid4vpAuthorizationResponse({
            authorizationRequestPayload: asked,
            authorizationResponsePayload: { vp_token: { [query.id]: [await this.presentation(query, asked)] } },
            jarm: { encryption: { nonce: randomBytes(16).toString('base64url') }, serverMetadata: {
                authorization_signing_alg_values_supported: [], authorization_encryption_alg_values_supported: ['ECDH-ES'],
                authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'] } },
        });
        const submitted = await this.vp.submitOpenid4vpAuthorizationResponse({
            authorizationRequestPayload: asked, authorizationResponsePayload: response.authorizationResponsePayload, jarm: response.jarm,
        });
        return { asked, status: submitted.response.status, answer: await submitted.response.json() };
    }

    async presentation(query, asked) {
        const sdjwt = new SDJwtVcInstance({
            hasher: digest, hashAlg: 'sha-256', kbSigner: await ES256.getSigner(await jose.exportJWK(this.key)), kbSignAlg: 'ES256',
        });
        const frame = Object.fromEntries(query.claims.map(({ path }) => [path[0], true]));
        return sdjwt.present(this.credential, frame, {
            kb: { payload: { iat: Math.floor(Date.now() / 1000), nonce: asked.nonce, aud: asked.client_id } },
        });
    }
}

async function encrypt(encryptor, text) {
    const key = await jose.importJWK(encryptor.publicJwk, 'ECDH-ES');
    const jwe = await new jose.CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid })
        .encrypt(key);
    return { encryptionJwk: encryptor.publicJwk, jwe };
}
