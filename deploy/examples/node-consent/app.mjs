// SPDX-License-Identifier: Apache-2.0
// A bank that opens accounts: it asks a person for three attributes, gets them when they agree, keeps the receipt, and
// learns when they take it back.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { Gateway, Problem } from './gateway.mjs';

const { ISSUER, CLIENT_ID, BASE_URL = 'http://127.0.0.1:3000', KEY_FILE = 'keys.json' } = process.env;
const gateway = await Gateway.open(ISSUER, CLIENT_ID, JSON.parse(readFileSync(KEY_FILE)));
const accounts = new Map(); // by consent: what a database would keep

// A bank has its endpoint made once and keeps the secret; here it is made at each start.
for (const { id, url } of (await gateway.call('GET', '/webhook-endpoints')).data) {
    if (url === `${BASE_URL}/hook`) await gateway.call('DELETE', `/webhook-endpoints/${id}`);
}
const { secret } = await gateway.call('POST', '/webhook-endpoints', { url: `${BASE_URL}/hook`, events: ['*'] });
const webhook = new Webhook(secret);

const pages = {
    'GET /': async () => `<h1>Mekong Bank</h1><p><a id="open" href="/open">Open an account</a></p>`,

    // We ask; the person answers at the gateway.
    'GET /open': async () => {
        const request = await gateway.call('POST', '/consent-requests', {
            purpose: 'open-account', access: { mode: 'until' }, data_life: 'P30D', return_url: `${BASE_URL}/back`,
            attributes: [{ name: 'name', essential: true }, { name: 'age_over_18', essential: true }, { name: 'phone_number' }],
        });
        return { location: request.authorise_url, 'set-cookie': `asked=${request.id}; HttpOnly; SameSite=Lax; Path=/` };
    },

    // The person comes back.  The address is no proof: we ask the gateway.  Nor is its yes alone: whoever began here may
    // have sent the gateway's page on to somebody else, and come here after their yes.  Only the browser in which it was
    // said knows the consent_id, and only the one that began has the cookie.
    'GET /back': async (url, { asked }) => {
        if (asked === undefined || url.searchParams.get('consent_request') !== asked) throw notYours();
        const request = await gateway.call('GET', `/consent-requests/${asked}`);
        if (request.status !== 'authorised') return `<h1>No account</h1><p id="status">${request.status}</p>`;
        if (url.searchParams.get('consent_id') !== request.consent_id) throw notYours();
        const { attributes, sub } = await gateway.release(request.consent_id);
        const { jws, claims } = await gateway.receipt(request.consent_id);
        accounts.set(request.consent_id, { asked, sub, attributes, receipt: jws, status: 'active' });
        return `<h1>Welcome</h1><pre id="account">${shown({ consent: request.consent_id, attributes, receipt: claims })}</pre>`;
    },

    // Later the bank looks whether the phone number is still right.
    'GET /check': async (url, { asked }) => {
        const id = url.searchParams.get('consent');
        const account = accounts.get(id);
        if (account === undefined || account.asked !== asked) throw notYours();
        const known = account.status;
        const { attributes } = await gateway.release(id);
        return `<pre id="account">${shown({ known, attributes })}</pre>`;
    },

    // The gateway tells what has become of a consent.
    'POST /hook': async (url, { body, headers }) => {
        const message = webhook.verify(body, headers);
        const account = accounts.get(message.data.id);
        if (account) account.status = message.data.status;
        console.log(`told: ${message.type} ${message.data.id}`);
        return { status: 204 };
    },
};

createServer(async (request, answer) => {
    const url = new URL(request.url, BASE_URL);
    const page = pages[`${request.method} ${url.pathname}`];
    const asked = /(?:^|; )asked=([\w-]+)/.exec(request.headers.cookie)?.[1]; // a bank has a session
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    try {
        const done = page ? await page(url, { body, asked, headers: request.headers }) : { status: 404 };
        if (done.location) answer.writeHead(303, done).end();
        else if (done.status) answer.writeHead(done.status).end();
        else answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="en">${done}`);
    } catch (error) {
        console.error(error.message);
        const name = error instanceof Problem ? error.name : 'failed';
        answer.writeHead(error.status ?? 500, { 'content-type': 'text/html; charset=utf-8' }).end(`<p id="problem">${name}</p>`);
    }
}).listen(new URL(BASE_URL).port || 3000, '127.0.0.1', () => console.log(`ready: ${BASE_URL}`));

function notYours() {
    return Object.assign(new Error('not the browser that asked'), { status: 403 });
}

function shown(value) {
    return JSON.stringify(value, null, 2).replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
