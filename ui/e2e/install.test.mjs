// The chat can be installed; what makes that possible keeps nothing of anybody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './support/browser.mjs';
import { onPage, openChat, say, signIn, useWorld, world } from './support/world.mjs';

useWorld('instant');

const PHONE = { serviceWorkers: 'allow', width: 390, height: 844 };

for (const [locale, title, action] of [
  ['en', 'FlowGPT cannot be reached', 'Try again'],
  ['zh', '无法连接 FlowGPT', '重试'],
]) {
  test(`without a connection it says so, keeps nothing, and comes back, in ${locale}`, async () => {
    const { page, context, close } = await openPage(world.browser, { ...PHONE, locale });
    try {
      await openChat(page);
      await say(page, 'simulate:echo private words');
      await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
      assert.deepEqual(await page.evaluate(() => caches.keys()), []);
      await context.setOffline(true);
      await page.reload();
      await page.getByRole('heading', { name: title }).waitFor();
      assert.ok(!(await page.content()).includes('private words'));
      await context.setOffline(false);
      await page.getByRole('link', { name: action }).click();
      await page.locator('.answer', { hasText: 'private words' }).waitFor();
    } finally {
      await close();
    }
  });
}

test('signing in and out go past it', () =>
  onPage({ serviceWorkers: 'allow' }, async (page) => {
    await openChat(page);
    await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
    await page.goto(`${world.url}/auth/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/auth/login');
    await signIn(page);
    await page.goto(world.url);
    await page.locator('#composer').waitFor();
  }));

test('what a browser wants for installing is there', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const manifest = await page.evaluate(async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json());
    assert.deepEqual([manifest.name, manifest.start_url, manifest.display], ['FlowGPT', '/', 'standalone']);
    for (const { src, sizes, type } of manifest.icons) {
      const reply = await page.request.get(new URL(src, world.url).href);
      assert.equal(reply.headers()['content-type'], type, src);
      assert.ok(sizes && (await reply.body()).length > 100, src);
    }
  }));
