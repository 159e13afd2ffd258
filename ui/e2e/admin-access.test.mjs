// What opens on the pages of the admin, and the first steps, for everybody, in both languages and themes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, violations } from './support/axe.mjs';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

async function everything(page) {
  const wrong = [];
  const look = async (name, path, open, ready) => {
    await page.goto(world.url + path);
    await page.locator('main h1').waitFor();
    await open?.();
    await page.locator(ready).first().waitFor();
    wrong.push(...(await violations(page, name)));
  };
  const { accounts } = await adminApi('/accounts');
  const account = accounts.find((it) => it.is_usable && it.email);
  const test = () => page.locator('section:has(> p.muted) > .button').click();
  await look('columns', '/admin/accounts', () => page.locator('main .icon-button').first().click(), '[role=menu]');
  await look('all columns', '/admin/accounts?columns=plan,status,fiveHours,week,seeds,lastUsed,lastError,tokenExpires,limits,inUse,checked', undefined, 'tbody tr');
  await look('test of an account', `/admin/accounts?account=${account.id}`, test, '#test-model:enabled');
  await look('files', '/admin/accounts?add=file', undefined, '[role=dialog] .drop');
  await look('sign-in', '/admin/accounts?add=sign-in', undefined, '[role=dialog] .card');
  const firstMenu = async (index) => {
    await page.locator('tbody .icon-button').first().click();
    await page.getByRole('menuitem').nth(index).click();
  };
  await look('menu of a key', '/admin/keys', () => page.locator('tbody .icon-button').first().click(), '[role=menu]');
  await look('rotate', '/admin/keys', () => firstMenu(1), '#rotate-form');
  await look('request', '/admin/requests?status=ok', () => page.locator('tbody .open').first().click(), '[role=dialog] ol');
  await look('failed requests', '/admin/requests?status=failed', undefined, '.chips');
  await look('changed settings', '/admin/settings?changed=1', undefined, 'ins');
  await look('chart as table', '/admin', () => page.locator('main .card .button.quiet').first().click(), '.card table');
  await look('first steps', '/admin/setup', undefined, 'ol form');
  await look('account of the first steps', '/admin/setup', () => page.locator('h2 button').first().click(), '[role=tab]');
  return wrong;
}

for (const { theme, locale } of LOOKS) {
  test(`${theme}, ${locale}`, () =>
    onPage({ theme, locale }, async (page) => {
      const body = JSON.stringify({ model: 'auto', input: 'hello', store: false });
      const headers = { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' };
      await fetch(`${world.gateway}/v1/responses`, { method: 'POST', headers, body });
      await openAdmin(page);
      assert.deepEqual(await everything(page), []);
    }));
}
