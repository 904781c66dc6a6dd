// SPDX-License-Identifier: Apache-2.0
// @openid4vc as a second, foreign wallet: it takes a credential from the gateway and signs in with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { attribute, Browser, text } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Wallet } from './wallet.mjs';

let demo, wallet;
before(async () => {
    demo = await Demo.start();
    wallet = Wallet.ofHome(demo.status.wallets.sophea);
});
after(() => demo.stop());

function authorization() {
    const { client_id, redirect_uris } = demo.client('portal');
    const query = new URLSearchParams({
        client_id, redirect_uri: redirect_uris[0], response_type: 'code', scope: 'openid', state: 's',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
    });
    return `${demo.status.issuer}/authorize?${query}`;
}

test('takes a credential; a wrong tx_code is invalid_grant', async () => {
    const offer = demo.dvara('person', 'offer', 'sophea');
    const wrong = offer.tx_code === '000000' ? '000001' : '000000';
    await assert.rejects(Wallet.ofHome(demo.status.wallets.sophea).accept(offer.credential_offer_uri, wrong), /invalid_grant/);
    await wallet.accept(offer.credential_offer_uri, offer.tx_code);
    assert.match(wallet.credential, /~$/);
});

test('signs in on the same device', async () => {
    const browser = new Browser(demo.issuer.origin);
    const back = await browser.walk(authorization(), {
        present: async (html) => {
            const { status, answer } = await wallet.present(attribute(html, 'wallet-link', 'href'));
            assert.equal(status, 200);
            return browser.fetch(answer.redirect_uri);
        },
    });
    assert.ok(back.searchParams.get('code'));
});

test('signs in across devices, with the number from the phone', async () => {
    const browser = new Browser(demo.issuer.origin), phone = new Browser(demo.issuer.origin);
    const back = await browser.walk(authorization(), {
        present: async (html) => {
            const { answer } = await wallet.present(attribute(html, 'wallet-qr', 'data-uri'));
            const shown = await (await phone.fetch(answer.redirect_uri)).text();
            const number = /id="confirm-code"[^>]*>\s*(?:<[^>]+>)*\s*(\d{2})/.exec(shown)[1];
            return browser.submit(html, 'wallet-form', [['code', number]]);
        },
    });
    assert.ok(back.searchParams.get('code'));
});

test('an answer from another browser session is refused', async () => {
    const browser = new Browser(demo.issuer.origin), thief = new Browser(demo.issuer.origin);
    await assert.rejects(browser.walk(authorization(), {
        present: async (html) => {
            const { answer } = await wallet.present(attribute(html, 'wallet-link', 'href'));
            const stolen = await thief.fetch(answer.redirect_uri);
            assert.equal(stolen.status, 403);
            assert.ok(!thief.cookies.has('dvara_session'), text(await stolen.text()));
            return browser.fetch(answer.redirect_uri);
        },
    }), /ends at a page/);
});

test('a wallet that is a client takes a driving licence by a login with its identity, and renews it', async () => {
    const { client_id: clientId, redirect_uris: [redirectUri] } = demo.client('phone-wallet');
    const offer = demo.dvara('person', 'offer', '--by-login', 'sophea', 'driving-licence');
    const phone = Wallet.ofHome(demo.status.wallets.sophea);
    const { tokens, renew } = await phone.acceptByLogin(offer.credential_offer_uri, { clientId, redirectUri, browse: (url) => {
        const browser = new Browser(demo.issuer.origin);
        return browser.walk(url, { present: async (html) => {
            const { answer } = await wallet.present(attribute(html, 'wallet-link', 'href'));
            return browser.fetch(answer.redirect_uri);
        } });
    } });
    assert.equal(tokens.token_type, 'DPoP');
    const claims = JSON.parse(Buffer.from(phone.credential.split('.')[1], 'base64url'));
    assert.equal(claims.vct, 'urn:dvara:driving-licence:1');
    const first = claims.status.status_list.idx;
    await renew();
    const again = JSON.parse(Buffer.from(phone.credential.split('.')[1], 'base64url'));
    assert.notEqual(again.status.status_list.idx, first);
});

test('a revoked credential is refused', async () => {
    demo.dvara('person', 'revoke', 'sophea');
    const browser = new Browser(demo.issuer.origin);
    await assert.rejects(browser.walk(authorization(), {
        present: async (html) => {
            const { status } = await wallet.present(attribute(html, 'wallet-link', 'href'));
            assert.equal(status, 400);
            return browser.submit(html, 'wallet-form', []);
        },
    }), /ends at a page of status 403/);
});
