// The views that screenshots are taken of, by name: each brings a page that is signed in to it.
import { removeChats } from './screenshot-demo.mjs';

const quiet = (page) => page.waitForLoadState('networkidle');

async function go(page, world, path, ready) {
  await page.goto(world.url + path);
  await page.locator(ready).first().waitFor();
  await quiet(page);
}

async function ask(page, world, text) {
  // Those of other views.
  await removeChats(page.context(), world.url, (title) => title.startsWith('simulate:'));
  await go(page, world, '/', '#composer');
  await page.fill('#composer', text);
  await page.keyboard.press('Enter');
  await page.locator('.answer[aria-busy=true]').waitFor({ timeout: 3000 }).catch(() => undefined);
  await page.locator('.answer[aria-busy=false], .answer:not([aria-busy=true])').first().waitFor();
  await page.waitForTimeout(900);
}

const rows = 'tbody tr, main li';

/** For whom nobody is signed in yet. */
export const openViews = {
  'sign-in': (page, world) => go(page, world, '/auth/login', 'form'),
};

export const views = {
  'chat-empty': (page, world) => go(page, world, '/', '#composer'),
  async 'chat-markdown'(page, world) {
    await ask(page, world, 'simulate:markdown');
    await page.locator('.katex').first().waitFor();
    await page.locator('.answer .prose pre').first().evaluate((it) => it.scrollIntoView({ block: 'center' }));
  },
  async 'chat-formula'(page, world) {
    await ask(page, world, 'simulate:markdown');
    await page.locator('.katex-display').first().evaluate((it) => it.scrollIntoView({ block: 'center' }));
  },
  async 'chat-sources'(page, world) {
    await ask(page, world, 'simulate:search');
    await page.locator('.sources button').click();
    await page.locator('aside').waitFor();
    await quiet(page);
  },
  async 'chat-settings'(page, world) {
    await go(page, world, '/settings', '[role=dialog]');
  },
  async 'chat-models'(page, world) {
    await go(page, world, '/', '#composer');
    await page.locator('header .model').click();
    await page.locator('[role=menu]').waitFor();
  },
  /** At the side on a desk, over the page on a phone. */
  async 'chat-list'(page, world) {
    await go(page, world, '/', '#composer');
    const opener = page.locator('header .drawer');
    if (await opener.isVisible()) await opener.click();
    await page.locator('nav:visible li').first().waitFor();
    await page.waitForTimeout(300);
  },
  async 'chat-far-picture'(page, world) {
    await ask(page, world, 'simulate:echo ![Sales of the quarter](https://pictures.example/sales.png)\n\n![A refused one](http://127.0.0.1:9/p.png)');
    await page.locator('[data-far] button').last().click();
    await page.locator('[data-far] [role=alert]').waitFor();
  },
  async 'chat-image'(page, world) {
    await ask(page, world, 'simulate:image');
    await page.locator('.answer img').first().waitFor();
  },
  'sign-out': (page, world) => go(page, world, '/auth/logout', 'form'),
  'admin-overview': async (page, world) => {
    await go(page, world, '/admin', 'main .card');
    await page.locator('.plot canvas').waitFor();
  },
  'admin-accounts': (page, world) => go(page, world, '/admin/accounts', rows),
  async 'admin-import'(page, world) {
    await go(page, world, '/admin/accounts?add=paste', '[role=dialog] textarea');
    const lines = ['# team', `rt_${'a1b2c3d4'.repeat(5)}`, `sk-proj-${'e5f6'.repeat(12)}`, 'hello world', `rt_${'a1b2c3d4'.repeat(5)}`];
    await page.fill('[role=dialog] textarea', lines.join('\n'));
    await page.locator('[role=dialog] tbody tr').first().waitFor();
  },
  'admin-keys': (page, world) => go(page, world, '/admin/keys', rows),
  'admin-usage': async (page, world) => {
    await go(page, world, '/admin/usage?group=model', 'main table');
    await page.locator('.plot canvas').first().waitFor();
  },
  'admin-requests': (page, world) => go(page, world, '/admin/requests', rows),
  'admin-settings': (page, world) => go(page, world, '/admin/settings', rows),
  async 'admin-account'(page, world) {
    await go(page, world, '/admin/accounts', rows);
    await page.locator('tbody .open').first().click();
    await page.locator('[role=dialog] dl').first().waitFor();
    await quiet(page);
  },
  'admin-setup': (page, world) => go(page, world, '/admin/setup', 'main h1'),
};
