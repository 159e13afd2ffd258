// No reply of the admin and no page of it holds a secret that went in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';
import { accessToken, refreshToken } from './support/tokens.mjs';

useWorld('instant');

/** Paths of the admin that are read, with what stands for their parameters. */
async function readPaths(ids) {
  const { paths } = await adminApi('/openapi.json');
  const read = Object.entries(paths).filter(([, methods]) => methods.get);
  return read
    .map(([path]) => path)
    .filter((path) => path.startsWith('/admin/api/'))
    .map((path) => path.slice('/admin/api'.length))
    .map((path) => path.replace(/(\/\w[\w-]*)\/\{id\}/, (_all, kind) => `${kind}/${ids[kind] ?? 'unknown'}`));
}

test('no token, key or password comes out again', () =>
  onPage({}, async (page) => {
    const secrets = [accessToken('hidden'), refreshToken(7), `sk-proj-${'h'.repeat(60)}`, world.key, 'flowgpt-demo'];
    const { lines } = await adminApi('/accounts', { text: secrets.slice(0, 3).join('\n') });
    const key = await adminApi('/keys', { name: 'hidden', policy: {} });
    secrets.push(key.key);
    const failed = await adminApi(`/accounts/${lines[1].account_id}/refresh`, undefined, 'POST');
    const signIn = await adminApi('/sign-ins', { method: 'browser' });
    const ids = { '/accounts': lines[0].account_id, '/keys': key.id, '/sign-ins': signIn.id };
    const replies = { failed: JSON.stringify(failed) };
    for (const path of await readPaths(ids)) {
      const headers = { authorization: `Basic ${Buffer.from('admin:flowgpt-demo').toString('base64')}` };
      replies[path] = await (await fetch(`${world.gateway}/admin/api${path}`, { headers })).text();
    }
    await openAdmin(page);
    for (const path of ['', '/accounts', `/accounts?account=${lines[0].account_id}`, '/keys', '/settings', '/audit', '/requests']) {
      await page.goto(`${world.url}/admin${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      replies[`page ${path}`] = await page.content();
    }
    assert.ok(Object.keys(replies).length > 20, String(Object.keys(replies)));
    // The demo's password is in the name of its folder too.
    const told = (text) => text.replaceAll(/\/flowgpt-demo-\w+/g, '');
    const found = Object.entries(replies).flatMap(([path, text]) =>
      secrets.filter((secret) => told(text).includes(secret)).map((secret) => `${path}: ${secret.slice(0, 12)}`),
    );
    assert.deepEqual(found, []);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!secrets.some((secret) => kept.includes(secret)));
  }));
