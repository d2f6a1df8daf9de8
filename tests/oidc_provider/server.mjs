// A real OpenID provider for the tests: npm `oidc-provider`, with what tests need beside it below /test/.
//
// Environment: HUGR_OIDC_PROVIDER, the folder in which `npm ci` was run; PORT, 0 for a free one.
// Prints its address when it listens, and ends when its standard input does.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.HUGR_OIDC_PROVIDER}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { default: Provider } = await load('oidc-provider');
const jose = await load('jose');

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const USER = {
  name: 'Ada Lovelace',
  preferred_username: 'ada',
  roles: ['editor', 'reader'],
  realm_access: { roles: ['nested'] },
};

let generation = 0;
let keys; // private keys by algorithm
let handle; // the provider's request handler

async function newKeys() {
  generation += 1;
  keys = {};
  for (const algorithm of ALGORITHMS) {
    const { privateKey } = await jose.generateKeyPair(algorithm, { extractable: true });
    keys[algorithm] = { ...(await jose.exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: `${algorithm}-${generation}` };
  }
}

function newProvider(issuer) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'hugr',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/auth/callback'],
        post_logout_redirect_uris: ['http://127.0.0.1/'],
      },
      {
        client_id: 'machine',
        client_secret: 'machine-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: Object.values(keys) },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: Object.keys(USER) },
    conformIdTokenClaims: false,
    issueRefreshToken: () => true,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...USER }) }),
    ttl: { AccessToken: 600, IdToken: 600, ClientCredentials: 600, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: () => ({ scope: 'hugr:reader', audience: 'hugr', accessTokenFormat: 'jwt' }),
      },
    },
  });
  handle = provider.callback();
}

// Signs the claims of the body as the provider would, or as somebody else: { algorithm, claims, header, key }.
async function sign({ algorithm = 'RS256', claims, header = {}, foreign = false }) {
  const jwk = foreign
    ? await jose.exportJWK((await jose.generateKeyPair(algorithm, { extractable: true })).privateKey)
    : keys[algorithm];
  const key = await jose.importJWK(jwk, algorithm);
  const all = { alg: algorithm, kid: keys[algorithm].kid, ...header };
  if (all.kid === null) delete all.kid;
  return new jose.SignJWT(claims).setProtectedHeader(all).sign(key);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

let issuer;
let requests = 0; // to the keys
const server = createServer(async (request, response) => {
  try {
    if (request.url === '/jwks') requests += 1;
    switch (request.url) {
      case '/test/sign':
        return response.end(await sign(await body(request)));
      case '/test/rotate':
        await newKeys();
        newProvider(issuer);
        return response.end('rotated');
      case '/test/requests':
        return response.end(String(requests));
      default:
        return handle(request, response);
    }
  } catch (error) {
    response.statusCode = 500;
    return response.end(String(error));
  }
});

await newKeys();
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  newProvider(issuer);
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
