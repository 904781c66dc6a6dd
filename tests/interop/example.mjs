// SPDX-License-Identifier: Apache-2.0
// An example of deploy/examples as an agency has it: the folder copied to where nothing of this house is, registered
// by its own metadata, started by its own settings.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { freePort } from './ports.mjs';

const examples = fileURLToPath(new URL('../../deploy/examples', import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
export const node = join(modules, '.bin/node');
const READY_MS = 120_000;

export class Example {
    static async copy(stack, demo) {
        const example = new Example();
        example.demo = demo;
        example.dir = mkdtempSync(join(tmpdir(), `dvara-${stack}-`));
        cpSync(join(examples, stack), example.dir, { recursive: true });
        example.install();
        example.base = `http://127.0.0.1:${await freePort()}`;
        example.output = [];
        return example;
    }

    // npm install: what package.json asks for is what the tests have.
    install() {
        const file = join(this.dir, 'package.json');
        if (!existsSync(file)) return;
        for (const [name, version] of Object.entries(JSON.parse(readFileSync(file)).dependencies)) {
            assert.equal(JSON.parse(readFileSync(join(modules, name, 'package.json'))).version, version, name);
        }
        symlinkSync(modules, join(this.dir, 'node_modules'));
    }

    // client.json, made or as it lies there, with the address of this run.
    register(...maker) {
        if (maker.length > 0) writeFileSync(join(this.dir, 'client.json'), this.run(...maker));
        const text = readFileSync(join(this.dir, 'client.json'), 'utf8').replaceAll('http://127.0.0.1:3000', this.base);
        writeFileSync(join(this.dir, 'client.json'), text);
        this.client = this.demo.dvara('client', 'apply', join(this.dir, 'client.json'));
    }

    run(program, ...words) {
        return execFileSync(program, words, { cwd: this.dir, encoding: 'utf8', timeout: 60_000, env: this.settings() });
    }

    settings() {
        const { issuer, ca_file } = this.demo.status;
        return {
            PATH: process.env.PATH, NO_PROXY: '*', ISSUER: issuer, BASE_URL: this.base, SESSION_SECRET: 'of-this-test-alone',
            CLIENT_ID: this.client?.client_id, CLIENT_SECRET: this.client?.client_secret,
            NODE_EXTRA_CA_CERTS: ca_file, REQUESTS_CA_BUNDLE: ca_file, SSL_CERT_FILE: ca_file, PERL_LWP_SSL_CA_FILE: ca_file,
        };
    }

    // Until it listens.
    async start(env, program, ...words) {
        this.child = spawn(program, words, {
            cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'],
            env: { ...this.settings(), ...env },
        });
        for (const stream of [this.child.stdout, this.child.stderr]) createInterface(stream).on('line', (line) => this.output.push(line));
        this.ended = new Promise((resolve) => this.child.on('exit', resolve));
        await this.listens();
    }

    async listens() {
        const { port } = new URL(this.base);
        const is = () => new Promise((resolve) => {
            const probe = connect(port, '127.0.0.1', () => resolve(probe.end())).on('error', () => resolve(null));
        });
        for (const until = Date.now() + READY_MS; await is() === null;) {
            if (this.child.exitCode !== null || Date.now() > until) throw new Error(`it does not listen:\n${this.output.join('\n')}`);
            await pause();
        }
    }

    // The first line of its output that matches.
    async said(pattern) {
        for (const until = Date.now() + READY_MS; Date.now() < until;) {
            for (const line of this.output) {
                const found = pattern.exec(line);
                if (found) return found;
            }
            if (this.child.exitCode !== null) break;
            await pause();
        }
        throw new Error(`it never said ${pattern}:\n${this.output.join('\n')}`);
    }

    async stop() {
        if (this.child?.exitCode === null) this.child.kill('SIGTERM');
        await this.ended;
        rmSync(this.dir, { recursive: true, force: true });
    }
}

function pause() {
    return new Promise((resolve) => setTimeout(resolve, 50));
}
