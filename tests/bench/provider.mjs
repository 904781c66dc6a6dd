// SPDX-License-Identifier: Apache-2.0
// oidc-provider as the gateway's peer in the bench: three clients, ES256, Redis, as many processes as loops.
// PORT, REDIS (socket), PROCESSES in the environment.
import cluster from 'node:cluster';
import { generateKeyPairSync } from 'node:crypto';
import process from 'node:process';

const SECRET = 'bench-secret-bench-secret-bench-';
const port = Number(process.env.PORT);

if (cluster.isPrimary) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'ES256' });
    for (let i = 0; i < Number(process.env.PROCESSES); i++) cluster.fork({ KEY: key });
    process.on('SIGTERM', () => process.exit(0));
} else {
    await serve();
}

async function serve() {
    const { default: Provider } = await import('oidc-provider');
    const { default: Redis } = await import('ioredis');
    const redis = new Redis(process.env.REDIS);
    const provider = new Provider(`http://127.0.0.1:${port}`, {
        adapter: adapterOn(redis),
        clients: [
            { ...client('bench'), client_secret: SECRET },
            { ...client('rates'), client_secret: SECRET, grant_types: ['authorization_code', 'refresh_token'] },
            {
                ...client('fapi'), token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.parse(process.env.FAPI_JWKS),
                token_endpoint_auth_signing_alg: 'ES256', dpop_bound_access_tokens: true,
                require_pushed_authorization_requests: true,
            },
        ],
        jwks: { keys: [JSON.parse(process.env.KEY)] },
        features: {
            devInteractions: { enabled: false }, introspection: { enabled: true },
            pushedAuthorizationRequests: { enabled: true }, dPoP: { enabled: true },
        },
        issueRefreshToken: (ctx, one) => one.clientId === 'rates',
        rotateRefreshToken: false,
        findAccount: (ctx, id) => ({
            accountId: id,
            claims: () => ({ sub: id, name: 'Bench Person', given_name: 'Bench', email: 'bench@person.example' }),
        }),
        claims: { openid: ['sub'], email: ['email'], profile: ['name', 'given_name'] },
        cookies: { keys: ['bench'] },
        interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
        ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Session: 43200, Grant: 43200, Interaction: 600 },
    });
    provider.use(async (ctx, next) => (ctx.path.startsWith('/interaction/') ? agree(provider, ctx) : next()));
    provider.listen(port, '127.0.0.1');
}

function client(id) {
    return {
        client_id: id, redirect_uris: ['https://rp.test/cb'], grant_types: ['authorization_code'],
        response_types: ['code'], token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
    };
}

// The one person signs in and agrees without being asked.
async function agree(provider, ctx) {
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    const grant = new provider.Grant({ accountId: 'person', clientId: params.client_id });
    grant.addOIDCScope('openid profile email');
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, {
        login: { accountId: 'person' }, consent: { grantId: await grant.save() },
    });
}

// The shape that oidc-provider's documentation asks of an adapter: codes are claimed, grants can be revoked whole.
function adapterOn(redis) {
    const claimed = new Set(['AuthorizationCode', 'PushedAuthorizationRequest', 'RefreshToken']);
    const granted = new Set(['AuthorizationCode', 'AccessToken', 'RefreshToken']);
    return class {
        constructor(name) {
            this.name = name;
        }

        key(id) {
            return `op:${this.name}:${id}`;
        }

        async upsert(id, payload, ttl) {
            const key = this.key(id);
            const batch = redis.multi();
            if (claimed.has(this.name)) batch.hset(key, { payload: JSON.stringify(payload) });
            else batch.set(key, JSON.stringify(payload));
            if (ttl) batch.expire(key, ttl);
            if (granted.has(this.name) && payload.grantId) {
                batch.rpush(`op:grant:${payload.grantId}`, key);
                batch.expire(`op:grant:${payload.grantId}`, ttl);
            }
            if (payload.uid) batch.set(`op:uid:${payload.uid}`, id, 'EX', ttl);
            await batch.exec();
        }

        async find(id) {
            if (!claimed.has(this.name)) {
                const text = await redis.get(this.key(id));
                return text ? JSON.parse(text) : undefined;
            }
            const { payload, ...rest } = await redis.hgetall(this.key(id));
            return payload ? { ...rest, ...JSON.parse(payload) } : undefined;
        }

        async findByUid(uid) {
            return this.find(await redis.get(`op:uid:${uid}`));
        }

        async consume(id) {
            await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000));
        }

        async destroy(id) {
            await redis.del(this.key(id));
        }

        async revokeByGrantId(id) {
            await redis.del(`op:grant:${id}`, ...(await redis.lrange(`op:grant:${id}`, 0, -1)));
        }
    };
}
