// The rules of the mirror, which are read anew when their file changes, and the mirror turned off.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { KEY, admin, ask, checks, layout, open, startWorld, useWorld, visitor, world } from './world.mjs';

let alice;

useWorld({}, async () => {
  await layout('A');
  alice = await visitor('alice');
  await open(alice);
});

/** Waits until the program says something more. */
async function said(wanted, since) {
  for (let turn = 0; turn < 100; turn += 1) {
    if (wanted.test(world.said().slice(since))) return;
    await wait(100);
  }
  assert.fail(`the program did not say ${wanted}:\n${world.said().slice(since)}`);
}

const status = async (path) => (await ask(alice.page, path)).status;

test('new rules hold without a restart, and broken ones change nothing', async () => {
  const rules = await readFile(world.rulesFile, 'utf8');
  assert.equal(await status('/explore'), 200);
  let since = world.said().length;
  await writeFile(world.rulesFile, rules.replace('refused = [', 'refused = [\n  "/explore*",'));
  await said(/rules of the mirror were read anew/, since);
  assert.equal(await status('/explore'), 403);
  assert.equal(await status('/'), 200);
  since = world.said().length;
  await writeFile(world.rulesFile, rules.replace('refused = [', 'refused = ['.repeat(2)));
  await said(/MIRROR_RULES.*the rules stay as they were/s, since);
  assert.equal(await status('/explore'), 403);
  assert.equal(await status('/'), 200);
  since = world.said().length;
  await writeFile(world.rulesFile, rules);
  await said(/rules of the mirror were read anew/, since);
  assert.equal(await status('/explore'), 200);
});

test('M30 a rule for the new name lets build D in', async () => {
  await layout('D');
  const rules = await readFile(world.rulesFile, 'utf8');
  const fresh = await visitor('fresh');
  assert.equal((await fresh.page.goto(`${world.url}/`)).status(), 503);
  const since = world.said().length;
  const named = rules.replace('["client-bootstrap"]', '["client-bootstrap", "client-start"]').replace('access_token = [', 'access_token = ["bearer", ');
  assert.notEqual(named, rules);
  await writeFile(world.rulesFile, named);
  await said(/rules of the mirror were read anew/, since);
  const reply = await open(fresh);
  assert.equal(reply.headers()['x-flow-mirror'], undefined);
  const { layout: shown, mismatches } = await checks(fresh.page);
  assert.deepEqual([shown, mismatches], ['D', []]);
  await fresh.close();
});

/** Whether anything listens at a port of this machine. */
async function listens(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test('M37 without the setting the port is closed and no route leads to the mirror', async () => {
  assert.equal(await listens(world.mirrorPort), true);
  const off = await startWorld({ mirror: false });
  try {
    assert.equal(await listens(off.mirrorPort), false);
    assert.deepEqual(await admin('/mirror', 'GET', off), { is_on: false, accounts: [] });
    const headers = { authorization: `Bearer ${KEY}` };
    const asked = off.log.length;
    for (const path of ['/_h/cdn.oaistatic.test/assets/x.js', '/__manifest?paths=%2F&version=1', '/_root.data', '/explore', '/cdn/assets/x.js']) {
      const reply = await fetch(off.gateway + path, { headers, redirect: 'manual' });
      assert.equal(reply.status, 404, path);
      assert.equal(reply.headers.get('x-flow-mirror'), null);
    }
    const pages = off.log.slice(asked).filter((it) => !it.path.startsWith('/backend-api') && it.path !== '/api/auth/session');
    assert.deepEqual(pages.map((it) => it.path), []);
  } finally {
    await off.stop();
  }
});
