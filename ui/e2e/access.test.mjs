// Every page for everybody: no violation that axe finds, nothing that scrolls sideways, in both languages and
// themes, on a desk and on phones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, violations } from './support/axe.mjs';
import { adminApi, onPage, openAdmin, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

async function visit(page, address, name, ready) {
  await page.goto(world.url + address);
  await page.locator(ready).first().waitFor();
  return violations(page, name);
}

for (const { theme, locale } of LOOKS) {
  test(`the admin, ${theme}, ${locale}`, () =>
    onPage({ theme, locale }, async (page) => {
      await adminApi('/keys', { name: `k ${theme} ${locale}`, policy: { budgets: [{ period: 'day', requests: 10 }] } });
      await adminApi('/seeds', { seed: `seed-${theme}-${locale}` });
      const wrong = await visit(page, '/admin', 'sign-in', '#password');
      wrong.push(...(await visit(page, '/admin/bootstrap#token=x', 'bootstrap', '#new-password')));
      await openAdmin(page);
      const routes = ['', '/accounts', '/keys', '/seeds', '/usage', '/requests', '/settings', '/settings?tab=security', '/audit', '/nowhere'];
      for (const route of routes) wrong.push(...(await visit(page, `/admin${route}`, route, 'main h1')));
      wrong.push(...(await visit(page, '/admin/accounts?add=1', 'add', '[role=dialog]')));
      const { accounts } = await adminApi('/accounts');
      wrong.push(...(await visit(page, `/admin/accounts?account=${accounts[0].id}`, 'account', '[role=dialog] dl')));
      await page.goto(`${world.url}/admin/keys`);
      await page.locator('main .primary').click();
      wrong.push(...(await violations(page, 'key form')));
      assert.deepEqual(wrong, []);
    }));

  test(`the chat, ${theme}, ${locale}`, () =>
    onPage({ theme, locale }, async (page) => {
      await openChat(page);
      const wrong = await visit(page, '/', 'empty', '#composer');
      await say(page, 'simulate:markdown');
      await say(page, 'simulate:search');
      await say(page, 'simulate:truncated');
      await page.locator('.katex').first().waitFor();
      wrong.push(...(await violations(page, 'conversation')));
      for (const [opener, name] of [['header .model', 'models'], ['.menu-box button', 'menu of a chat'], ['.answer .actions [aria-haspopup]', 'menu of an answer']]) {
        await page.locator(opener).last().focus();
        await page.keyboard.press('Enter');
        await page.getByRole('menu').waitFor();
        wrong.push(...(await violations(page, name, [1280])));
        await page.keyboard.press('Escape');
        await page.getByRole('menu').waitFor({ state: 'detached' });
      }
      await page.locator('.sources button').click();
      await page.locator('aside').waitFor();
      wrong.push(...(await violations(page, 'sources')));
      await page.keyboard.press('Escape');
      for (const [keys, name] of [['Control+k', 'palette'], ['Control+/', 'shortcuts']]) {
        await page.keyboard.press(keys);
        await page.locator('[role=dialog]').waitFor();
        wrong.push(...(await violations(page, name)));
        await page.keyboard.press('Escape');
        await page.locator('[role=dialog]').waitFor({ state: 'detached' });
      }
      wrong.push(...(await visit(page, '/temporary', 'temporary', '#composer')));
      wrong.push(...(await visit(page, '/archive', 'archive', 'main h1')));
      wrong.push(...(await visit(page, '/settings', 'settings', '[role=dialog]')));
      wrong.push(...(await visit(page, '/c/chat_nowhere', 'not found', '.empty')));
      assert.deepEqual(wrong, []);
    }));
}

test('the focus goes back to what opened a dialog', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/keys');
    const opener = page.getByRole('button', { name: 'Create key' }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'key-name');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await opener.evaluate((it) => it === document.activeElement));
  }));
