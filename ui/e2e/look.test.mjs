// How the pages look to everybody: no flash, large text, fingers, calm, Chinese that is set as Chinese.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

async function fill(page) {
  await openChat(page);
  for (const message of ['markdown', 'search', 'reasoning', 'truncated']) await say(page, `simulate:${message}`);
  await page.locator('.katex').first().waitFor();
}

test('language and theme are there before the first paint', () =>
  onPage({ theme: 'light' }, async (page) => {
    await openChat(page);
    await page.evaluate(() => {
      localStorage.setItem('flowgpt.theme', 'dark');
      localStorage.setItem('flowgpt.locale', 'zh');
    });
    // As it is when only the page itself and what stops its painting have come.
    await page.route('**/assets/*.js', (route) => (route.request().url().includes('/boot-') ? route.continue() : route.abort()));
    await page.goto(world.url, { waitUntil: 'domcontentloaded' });
    const root = await page.evaluate(() => [document.documentElement.dataset.theme, document.documentElement.lang]);
    assert.deepEqual(root, ['dark', 'zh-CN']);
    const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 40 } });
    const brightness = await page.evaluate(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = new OffscreenCanvas(40, 40).getContext('2d');
      canvas.drawImage(image, 0, 0);
      return Math.max(...canvas.getImageData(20, 20, 1, 1).data.slice(0, 3));
    }, `data:image/png;base64,${picture.toString('base64')}`);
    assert.ok(brightness < 60, `the first paint is bright: ${brightness}`);
  }));

for (const locale of ['en', 'zh']) {
  test(`at twice the size nothing is cut off at the side, ${locale}`, () =>
    // A desk of 1280 pixels at 200 %, and a phone of 640.
    onPage({ width: 640, height: 400, locale }, async (page) => {
      await fill(page);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
        // What is off the screen is laid out as well.
        for (const turn of document.querySelectorAll('.turn')) turn.style.contentVisibility = 'visible';
      });
      for (const width of [640, 320]) {
        await page.setViewportSize({ width, height: 400 });
        const over = await page.evaluate(() =>
          [...document.querySelectorAll('main *')]
            .filter((it) => it.checkVisibility() && !it.closest('pre, .table-region, .katex, .math, .sr-only, iframe, svg'))
            .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
            .map((it) => `${it.tagName} ${it.className} ${it.textContent?.slice(0, 40)}`),
        );
        assert.deepEqual(over, [], `at ${width}`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      }
    }));
}

/** Links in a line of text, and what a larger label belongs to, are as large as they are. */
function tooSmall(least) {
  const all = [...document.querySelectorAll('button, a, input, select, textarea, summary, [role=option], [role^=menuitem]')];
  return all
    .filter((it) => it.checkVisibility() && !it.closest('[hidden], .skip-link, label') && !(it.tagName === 'A' && it.closest('.prose')))
    .map((it) => ({ name: it.getAttribute('aria-label') ?? it.textContent.trim(), box: it.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && Math.min(box.width, box.height) < least - 0.5)
    .map(({ name, box }) => `${name} ${box.width} × ${box.height}`);
}

for (const [kind, least, options] of [
  ['a mouse', 24, { width: 1280, height: 800 }],
  ['fingers', 44, { width: 390, height: 844, isTouch: true }],
]) {
  test(`targets are large enough for ${kind}`, () =>
    onPage(options, async (page) => {
      const small = [];
      const look = async (name) => small.push(...(await page.evaluate(tooSmall, least)).map((it) => `${name}: ${it}`));
      await fill(page);
      await look('thread');
      if (options.isTouch) {
        await page.getByRole('button', { name: 'Open the sidebar' }).click();
        await page.getByRole('dialog').waitFor();
        await look('drawer');
        await page.keyboard.press('Escape');
      }
      await page.getByRole('button', { name: /^Model:/ }).click();
      await page.getByRole('menuitemradio').first().waitFor();
      await look('menu');
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
      await look('palette');
      for (const path of ['/settings', '/archive']) {
        await page.goto(world.url + path);
        await page.locator('[role=dialog], main h1').first().waitFor();
        await look(path);
      }
      assert.deepEqual(small, []);
    }));
}

test('whoever wants no motion sees none', () =>
  onPage({ reducedMotion: 'reduce' }, async (page) => {
    await openChat(page);
    const moving = () =>
      page.evaluate(() =>
        document
          .getAnimations()
          .filter((it) => it.effect.getComputedTiming().activeDuration > 20)
          .map((it) => it.animationName ?? it.transitionProperty),
      );
    await page.fill('#composer', 'simulate:stall');
    await page.keyboard.press('Enter');
    await page.locator('.answer').waitFor();
    assert.deepEqual(await moving(), []);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await lastAnswer(page).getByText('Stopped').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await moving(), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+Backspace');
    await page.getByText(/^Deleted/).waitFor();
    assert.deepEqual(await moving(), []);
  }));

test('Chinese is set as Chinese wherever the pages speak', () =>
  onPage({ locale: 'zh' }, async (page) => {
    await fill(page);
    const texts = [];
    /** What the pages say themselves, not what was written or answered. */
    const gather = async () =>
      texts.push(
        ...(await page.evaluate(() => {
          const said = (it) => !it.closest('.prose, .bubble, .code, li a, script, style, kbd, .kbd, details p, noscript');
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          while (walker.nextNode()) if (said(walker.currentNode.parentElement)) found.push(walker.currentNode.textContent.trim());
          for (const it of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
            if (said(it)) found.push(...['aria-label', 'title', 'placeholder'].map((name) => it.getAttribute(name) ?? ''));
          }
          return found.filter(Boolean);
        })),
      );
    await gather();
    for (const path of ['/', '/temporary', '/archive', '/settings', '/c/chat_nowhere', '/auth/logout']) {
      await page.goto(world.url + path);
      await page.locator('h1, [role=dialog]').first().waitFor();
      await gather();
    }
    assert.ok(texts.length > 80, `${texts.length} texts`);
    const half = /\p{Script=Han}\s*[,;:!?()]|[,;:!?()]\s*\p{Script=Han}|\p{Script=Han}\.(?!\w)/u;
    assert.deepEqual(texts.filter((text) => half.test(text)), []);
  }));
