// What the browser gets of the account, and what upstream gets of the browser: nothing.
import assert from 'node:assert/strict';
import http from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from './between.mjs';
import { KEY, PASSWORD, ask, checks, layout, open, planted, say, turn, until, useWorld, visitor, world } from './world.mjs';

const ANSWER = '/backend-api/conversation';
const ADDRESS = '203.0.113.77';

let alice;
/** Every body that the browser got, by its address. */
const bodies = [];

function keep(reply) {
  const url = reply.url();
  if (url.startsWith('data:')) return;
  const read = reply.body().then(
    (body) => ({ url, status: reply.status(), headers: JSON.stringify(reply.headers()), text: body.toString('latin1') }),
    () => ({ url, status: reply.status(), headers: JSON.stringify(reply.headers()), text: null }),
  );
  bodies.push(read);
}

useWorld({}, async () => {
  await layout('A');
  alice = await visitor('alice');
  alice.context.on('response', keep);
  await alice.context.setExtraHTTPHeaders({ 'x-forwarded-for': ADDRESS, forwarded: `for=${ADDRESS}`, 'x-real-ip': ADDRESS });
  await open(alice);
  await until(alice.page, () => window.__checks.late && window.__checks.models && window.__checks.conversations);
  await say(alice.page, 'What is said here is nobody else’s');
  await alice.page.click('text=Explore');
  await until(alice.page, () => window.__checks.explore);
});

/** A path as it is written, which no parser has touched. */
const raw = (path, headers = {}, method = 'GET') =>
  new Promise((resolve, reject) => {
    const asked = http.request({ port: world.mirrorPort, host: '127.0.0.1', method, path, headers, agent: false }, async (answer) => {
      const parts = await answer.toArray();
      resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() });
    });
    asked.on('error', reject);
    asked.end();
  });

const cookies = async (who) => (await who.context.cookies()).map((it) => `${it.name}=${it.value}`).join('; ');

/** All tokens that upstream ever gave or was given. */
function tokensUpstream() {
  const found = new Set();
  for (const { raw, body } of world.log) {
    for (const token of `${raw}\n${body}`.match(/eyJ[\w-]{10,}\.[\w.-]{20,}/g) ?? []) found.add(token);
  }
  return found;
}

test('M18 the secrets of the account are in no body', async () => {
  const { secrets } = planted();
  for (const [kind, secret] of Object.entries(secrets)) assert.ok(secret.length > 10, kind);
  for (const path of ['/_root.data', '/explore.data', '/explore', '/backend-api/me', '/api/auth/session']) {
    bodies.push(ask(alice.page, path).then(({ status, text }) => ({ url: path, status, headers: '', text })));
  }
  bodies.push(ask(alice.page, ANSWER, turn('Say it once more')).then(({ status, text }) => ({ url: `${ANSWER} again`, status, headers: '', text })));
  const got = await Promise.all(bodies);
  assert.ok(got.at(-1).text.includes('[DONE]'));
  // What the browser did not keep is asked for again; an answer that streams has been.
  for (const reply of got.filter((it) => it.text === null && it.status === 200 && !it.url.endsWith(ANSWER))) {
    reply.text = (await ask(alice.page, reply.url)).text;
  }
  assert.ok(got.filter((it) => it.text).length > 25);
  const tokens = tokensUpstream();
  assert.ok(tokens.size > 2, 'upstream saw tokens');
  const words = [...Object.values(secrets), encodeURIComponent(secrets['e-mail']), '>amy<', '"amy"', ...tokens];
  for (const { url, headers, text } of got) {
    const left = words.filter((word) => `${headers}\n${text ?? ''}`.includes(word));
    assert.deepEqual(left, [], url);
  }
  // The test would notice: upstream's own page has them all.
  const page = world.log.find((it) => it.path === '/' && it.body.includes('client-bootstrap'));
  for (const secret of Object.values(secrets)) assert.ok(textOf(page).includes(secret));
});

test('M20 files are asked for without credentials', () => {
  const files = world.log.filter((it) => it.host === 'cdn.oaistatic.test');
  assert.ok(files.length > 8);
  for (const { headers, path } of files) {
    const extra = Object.keys(headers).filter((it) => !['accept', 'accept-encoding', 'user-agent', 'host', 'connection', 'proxy-connection'].includes(it));
    assert.deepEqual(extra, [], path);
  }
});

test('M21 the cookie of the gateway and the address of the visitor never go upstream', async () => {
  const values = (await alice.context.cookies()).map((it) => it.value);
  assert.ok(values.some((it) => it.length > 30));
  const { identity } = await checks(alice.page);
  const words = [...values, ADDRESS, KEY, 'alice', identity.email, `127.0.0.1:${world.mirrorPort}`];
  assert.ok(world.log.length > 20);
  for (const { raw, path, sent } of world.log) {
    const left = words.filter((word) => `${raw}\n${path}\n${sent}`.includes(word));
    assert.deepEqual(left, [], path);
    assert.doesNotMatch(raw, /^(x-forwarded|forwarded|x-real-ip|via|sec-fetch|referer)/im, path);
  }
});

test('M24 whoever is not signed in signs in first, and nothing is asked for them', async () => {
  const asked = world.log.length;
  const guest = await visitor(null);
  for (const path of ['/_root.data', '/backend-api/me', '/backend-api/conversations', '/_h/cdn.oaistatic.test/assets/x.js']) {
    assert.equal((await raw(path)).status, 401, path);
  }
  assert.equal((await raw('/api/auth/session')).text, '{}');
  assert.equal(world.log.length, asked);
  await guest.page.goto(`${world.url}/explore`);
  assert.equal(new URL(guest.page.url()).pathname, '/auth/login');
  assert.equal(new URL(guest.page.url()).searchParams.get('next'), '/explore');
  assert.equal(world.log.length, asked);
  await guest.page.fill('input[name=code]', 'a guest');
  await guest.page.press('input[name=code]', 'Enter');
  await until(guest.page, () => window.__checks?.explore);
  assert.equal(new URL(guest.page.url()).pathname, '/explore');
  assert.deepEqual((await checks(guest.page)).mismatches, []);
  await guest.close();
});

test('M25 the icon is ours', async () => {
  const icon = await raw('/favicon.ico');
  assert.equal(icon.headers['content-type'], 'image/svg+xml');
  assert.match(icon.text, /^<svg /);
  assert.deepEqual(world.log.filter((it) => it.path.startsWith('/favicon')), []);
});

test('M26 data of the router and its list of routes are rewritten, and hold nobody else', async () => {
  const site = JSON.parse(await readFile(join(world.layouts, 'A/site.json'), 'utf8'));
  const routes = await ask(alice.page, `/__manifest?paths=%2F%2C%2Fexplore&version=${site.manifest.version}`);
  assert.equal(routes.status, 200);
  assert.ok(routes.text.includes('"/_h/cdn.oaistatic.test/assets/'));
  const { identity } = await checks(alice.page);
  const data = await ask(alice.page, '/_root.data');
  assert.ok(data.text.includes(identity.email));
  for (const { text } of [routes, data]) assert.ok(!text.includes('://cdn.oaistatic.test'), text.slice(0, 400));
  const theirs = world.log.filter((it) => it.path.startsWith('/__manifest') || it.path === '/_root.data').map(textOf);
  assert.ok(theirs.some((text) => text.includes('http://cdn.oaistatic.test/assets/')));
  assert.ok(theirs.some((text) => text.includes(planted().secrets['access token'].slice(0, 20))));
});

/** Signs in to the admin in the same browser, whose cookies know no ports. */
async function asOperator(who) {
  const page = await who.context.newPage();
  await page.goto(`${world.gateway}/admin`);
  await page.fill('#password', PASSWORD);
  await page.click('form .primary');
  await page.locator('main#content').waitFor();
  await page.close();
}

test('M34 the cookie of the admin stays here, and a page of the mirror cannot ask the admin', async () => {
  const operator = await visitor('operator');
  const own = (await operator.context.cookies()).map((it) => it.name);
  await asOperator(operator);
  const admin = (await operator.context.cookies()).filter((it) => !own.includes(it.name));
  assert.ok(admin.length > 0);
  await open(operator);
  await until(operator.page, () => window.__checks.models);
  for (const { raw, path } of world.log) {
    for (const { value } of admin) assert.ok(!raw.includes(value), path);
  }
  const api = `${world.gateway}/admin/api/accounts`;
  const tried = await operator.page.evaluate(
    (api) => fetch(api, { credentials: 'include' }).then(() => 'reached', () => 'refused'),
    api,
  );
  assert.equal(tried, 'refused');
  assert.ok((await checks(operator.page)).errors.some((it) => it.startsWith('policy: connect-src') && it.includes('/admin/')));
  // Also where no policy stands in the way.
  const body = { data: {}, headers: { origin: world.url } };
  const changed = await operator.page.request.post(`${world.gateway}/admin/api/seeds`, body);
  assert.equal(changed.status(), 403);
  const read = await operator.page.request.get(api, { headers: { origin: world.url } });
  assert.equal(read.headers()['access-control-allow-origin'], undefined);
  const here = await operator.page.request.get(`${world.url}/admin/api/accounts`);
  assert.ok(!here.ok() || !(await here.text()).includes('accounts'));
  await operator.close();
});

test('M35 signing in, payments and browser checks are never handed on', async () => {
  const cookie = await cookies(alice);
  const origin = world.url;
  const paths = [
    '/auth/login/start', '/%61uth/login', '/Auth/login', '/x/../auth/login', '/api/auth/signin/openai', '/api/auth/callback/auth0',
    '/api/auth/error', '/payments/checkout', '/checkout/openai', '/billing', '/backend-api/payments/customer_portal',
    '/backend-api/subscriptions/cancel', '/backend-api/accounts/data_export', '/backend-api/accounts/logout_all',
    '/cdn-cgi/challenge-platform/h/b/orchestrate', '/_h/chatgpt.test/auth/login', '/_h/elsewhere.example/',
  ];
  const asked = world.log.length;
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const reply = await raw(path, { cookie, origin, host: `127.0.0.1:${world.mirrorPort}`, 'content-length': '0' }, method);
      // Signing in is the gateway's own, and leads to its own page.
      const isOwn = reply.status === 303 && reply.headers.location.startsWith('/auth/login');
      assert.ok([403, 404, 405].includes(reply.status) || isOwn, `${method} ${path}: ${reply.status}`);
    }
  }
  assert.deepEqual(world.log.slice(asked).map((it) => it.path), []);
});

test('a stranger’s page cannot make a visitor change anything', async () => {
  const cookie = await cookies(alice);
  const asked = world.log.length;
  for (const origin of ['http://elsewhere.example', 'null', world.gateway]) {
    const headers = { cookie, origin, 'content-length': '0' };
    assert.equal((await raw('/backend-api/conversation', headers, 'POST')).status, 403, origin);
  }
  assert.equal(world.log.length, asked);
});
