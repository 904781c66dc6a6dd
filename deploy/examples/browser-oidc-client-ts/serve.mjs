// SPDX-License-Identifier: Apache-2.0
// Serves the page, and nothing else; any web server does.  What it is told becomes settings.js.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { ISSUER, CLIENT_ID, BASE_URL = 'http://127.0.0.1:3000' } = process.env;
const library = new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url);
const here = (name) => readFileSync(new URL(name, import.meta.url));
const files = {
    '/': ['text/html; charset=utf-8', here('index.html')],
    '/app.js': ['text/javascript', here('app.js')],
    '/oidc-client-ts.min.js': ['text/javascript', readFileSync(library)],
    '/settings.js': ['text/javascript', `const settings = ${JSON.stringify({ authority: ISSUER, client_id: CLIENT_ID })};`],
};
// No other script runs here, and tokens go to nobody but the gateway.
const policy = `default-src 'none'; script-src 'self'; connect-src ${ISSUER}; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`;

createServer((request, answer) => {
    const [type, content] = files[new URL(request.url, BASE_URL).pathname] ?? [];
    if (!content) return answer.writeHead(404).end();
    answer.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy, 'Referrer-Policy': 'no-referrer' }).end(content);
}).listen(new URL(BASE_URL).port || 3000, '127.0.0.1', () => console.log(`ready: ${BASE_URL}`));
