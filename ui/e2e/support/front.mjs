// Serves `dist` in front of a running gateway with the headers that the gateway gives its own pages, so that the
// pages can be worked on without building the program.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersOf } from './headers.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
/** What the pages make something of themselves; everything else is the gateway's. */
const CHAT = /^\/(c\/[^/]+|g\/[^/]+|temporary|archive|settings(\/.*)?)$/;
const ADMIN = /^\/admin(\/(?!api(\/|$)|tokens(\/|$)).*)?$/;

/** Where the pages in front of a gateway are: with E2E_DIST=1 those of `dist`, else those of the program itself. */
export async function servePages(gateway) {
  return process.env.E2E_DIST === '1' ? startFront(gateway) : { url: gateway, stop: () => {} };
}

async function startFront(target) {
  const gateway = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const path = decodeURIComponent((incoming.url ?? '/').split('?')[0]);
    const name = incoming.method === 'GET' ? nameOf(path) : undefined;
    // Whether somebody is signed in, only the gateway knows.
    if (path === '/' && (await leads(gateway, incoming))) return pass(gateway, incoming, outgoing);
    if (!name) return pass(gateway, incoming, outgoing);
    outgoing.writeHead(200, headersOf(name));
    createReadStream(join(DIST, name)).pipe(outgoing);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The file that is served at a path, if it is one of the pages'. */
function nameOf(path) {
  if (path === '/' || CHAT.test(path)) return 'index.html';
  if (ADMIN.test(path)) return 'admin.html';
  const file = join(DIST, normalize(path));
  const isFile = file.startsWith(`${DIST}/`) && existsSync(file) && statSync(file).isFile();
  return isFile && extname(file) !== '' ? file.slice(DIST.length + 1) : undefined;
}

async function leads(gateway, incoming) {
  const reply = await fetch(gateway, { headers: { cookie: incoming.headers.cookie ?? '' }, redirect: 'manual' });
  await reply.body?.cancel();
  return reply.status >= 300 && reply.status < 400;
}

/** Passes a request on as it came: the gateway sees the host that the browser asked. */
function pass({ hostname, port }, incoming, outgoing) {
  const { url: path, method, headers } = incoming;
  const onward = ask({ hostname, port, path, method, headers }, (reply) => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(outgoing);
    reply.on('error', () => outgoing.destroy());
  });
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
