// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document of the consent API, as Spectral sees it: not one hint.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const spectral = here('../node_modules/@stoplight/spectral-cli/dist/index.js');

async function lint(document) {
    const words = ['lint', '--ruleset', here('spectral.json'), '--fail-severity', 'hint', '--format', 'json', document];
    const done = await promisify(execFile)(process.execPath, [spectral, ...words], { timeout: 240_000 })
        .catch((failed) => failed);
    const found = /^\[[^]*\]/m.exec(done.stdout);
    assert.ok(found, `${done.stdout}${done.stderr}`);
    return JSON.parse(found[0]);
}

test('openapi.json lints clean', async () => {
    assert.deepEqual(await lint(here('../../gateway/consent/openapi.json')), []);
});

test('what is wrong would be found', async () => {
    const wrong = await lint(here('wrong-openapi.json'));
    assert.ok(wrong.some((one) => one.code === 'path-params'), JSON.stringify(wrong));
});
