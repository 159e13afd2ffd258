// A gateway with the mirror on, the simulator of the official site behind it, and a browser that can reach nothing but
// this machine. `FLOWGPT_BIN` names the program, `OFFICIAL_SIMULATOR` the simulator, `CHROMIUM` the browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { startSimulator } from '../../fixtures/official/simulator.mjs';
import { startBetween, textOf } from './between.mjs';
import { rules, site } from './site.mjs';

export const KEY = 'sk-test-of-the-mirror';
export const PASSWORD = 'a-password-of-the-mirror';

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function startGateway(program, env, folder) {
  const child = spawn(program, ['serve', '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part) => (said += part));
  const lines = createInterface({ input: child.stdout });
  await new Promise((found, failed) => {
    lines.once('line', found);
    child.once('exit', (code) => failed(new Error(`the gateway ended with ${code}\n${said}`)));
  });
  return {
    said: () => said,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 3000);
      await once(child, 'exit');
      clearTimeout(late);
    },
  };
}

/**
 * `accounts`: their names; `by`: which of their tokens the gateway gets, `session_token` or `access_token`;
 * `mirror`: whether it is on.
 */
export async function startWorld({ accounts = ['amy'], by = 'session_token', mirror = true } = {}) {
  const program = process.env.FLOWGPT_BIN;
  if (!program) throw new Error('FLOWGPT_BIN has to name the program to test');
  const stops = [];
  const stop = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'flowgpt-mirror-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const layouts = await site();
    const simulator = await startSimulator(layouts);
    stops.push(() => simulator.stop());
    const between = await startBetween(simulator.port);
    stops.push(() => between.stop());
    const tokens = [];
    for (const name of accounts) tokens.push(await simulator.command(`sign-in ${name}`));
    const rulesFile = join(folder, 'rules.toml');
    await writeFile(rulesFile, await rules());
    const [port, mirrorPort] = [await freePort(), await freePort()];
    const gateway = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env.PATH,
      DATA_DIR: join(folder, 'data'),
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: gateway,
      PROXY_URL: `http://127.0.0.1:${between.port}`,
      CHATGPT_BASE_URL: 'http://chatgpt.test',
      AUTH_BASE_URL: 'http://chatgpt.test',
      AUTHORIZATION: KEY,
      ADMIN_PASSWORD: PASSWORD,
      ENABLE_GATEWAY: 'true',
      ACCOUNTS: tokens.map((it) => it[by]).join(','),
      ...(mirror && { MIRROR_LISTEN: `127.0.0.1:${mirrorPort}`, MIRROR_RULES: rulesFile }),
    };
    const running = await startGateway(program, env, folder);
    stops.push(running.stop);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    });
    stops.push(() => browser.close());
    const url = `http://127.0.0.1:${mirrorPort}`;
    return { url, mirrorPort, gateway, simulator, tokens, layouts, rulesFile, browser, log: between.log, said: running.said, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A world for the tests of one file. */
export const world = {};

export function useWorld(options, prepare) {
  before(async () => {
    Object.assign(world, await startWorld(options));
    await prepare?.();
  });
  after(() => world.stop?.());
}

export async function layout(name, of = world) {
  assert.deepEqual(await of.simulator.command(`layout ${name}`), { ok: true });
}

/** Somebody's browser, signed in by a word, with everything that it asked, got and complained of. */
export async function visitor(word, of = world) {
  const context = await of.browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const seen = { requests: [], replies: [], complaints: [], sockets: [] };
  page.on('websocket', (socket) => seen.sockets.push(socket.url()));
  context.on('request', (request) => seen.requests.push(request.url()));
  context.on('response', (response) => seen.replies.push(response));
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() === 'error') seen.complaints.push(`${message.text()} ${url}`);
  });
  if (word) {
    const reply = await page.request.get(`${of.url}/api/auth/signin?signin=${encodeURIComponent(word)}`, {
      headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
      maxRedirects: 0,
    });
    assert.equal(reply.status(), 303, `${word} was not signed in`);
  }
  return { context, page, seen, close: () => context.close() };
}

export const checks = (page) => page.evaluate(() => window.__checks);

/** Waits until the page has found something out. */
export async function until(page, found, argument = null) {
  await page.waitForFunction(found, argument, { timeout: 20_000 }).catch(async (error) => {
    const { statsig, ...known } = (await checks(page)) ?? {};
    throw new Error(`${error.message}\n${JSON.stringify(known, null, 2)}`);
  });
}

/** Opens a page of the mirror and waits until its own code runs. */
export async function open(who, path = '/', of = world) {
  const reply = await who.page.goto(of.url + path, { waitUntil: 'commit' });
  await until(who.page, () => window.__checks?.hydrated);
  return reply;
}

/** Asks from inside the page, as its code does. */
export const ask = (page, path, init) =>
  page.evaluate(
    async ([path, init]) => {
      const reply = await fetch(path, init);
      return { status: reply.status, text: await reply.text() };
    },
    [path, init],
  );

/** A message of a new conversation, as a page sends it. */
export function turn(text) {
  const message = { id: randomUUID(), author: { role: 'user' }, content: { content_type: 'text', parts: [text] } };
  const body = { action: 'next', messages: [message], parent_message_id: 'client-created-root', model: 'auto', supported_encodings: ['v1'] };
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Sends a message by the page's composer; the conversation and the answer. */
export async function say(page, text) {
  await page.evaluate(() => (window.__checks.answer = undefined));
  await page.fill('textarea', text);
  await page.click('button');
  await until(page, () => window.__checks.answer?.isComplete);
  return (await checks(page)).answer;
}

/** Asks the admin's API of the gateway as a script does. */
export async function admin(path, method = 'GET', of = world) {
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const reply = await fetch(`${of.gateway}/admin/api${path}`, { method, headers: { authorization, 'content-type': 'application/json' } });
  assert.ok(reply.ok, `${path}: ${reply.status}`);
  return reply.json();
}

/** What upstream says in its pages of the account: the four secrets, read from what it served. */
export function planted(of = world) {
  const page = of.log.find((it) => it.host === 'chatgpt.test' && it.path === '/' && it.body.includes('client-bootstrap'));
  const text = /id="client-bootstrap"[^>]*>([^<]*)</.exec(textOf(page))[1];
  const { session } = JSON.parse(text);
  return {
    bootstrap: JSON.parse(text),
    secrets: {
      'access token': session.accessToken,
      'session token': session.sessionToken,
      'e-mail': session.user.email,
      'user id': session.user.id,
      'account id': session.account.id,
    },
  };
}
