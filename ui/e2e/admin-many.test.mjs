// Two thousand accounts: how fast the list is there, is filtered, and scrolls. The figures are printed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld } from './support/world.mjs';
import { refreshToken } from './support/tokens.mjs';

useWorld('instant');

const COUNT = 2000;

/** Milliseconds from a click on `target` until `isDone` holds in the page, painted. */
function timed(page, target, isDone, argument) {
  return page.evaluate(
    async ([selector, source, value]) => {
      const done = new Function('value', `return (${source})(value)`);
      const begun = performance.now();
      document.querySelector(selector).click();
      while (!done(value)) await new Promise((next) => requestAnimationFrame(next));
      await new Promise((next) => requestAnimationFrame(next));
      return performance.now() - begun;
    },
    [target, String(isDone), argument],
  );
}

test('two thousand accounts are listed, filtered and scrolled without a wait', (context) =>
  onPage({}, async (page) => {
    const begun = performance.now();
    const taken = await adminApi('/accounts', { text: Array.from({ length: COUNT }, (_, n) => refreshToken(n)).join('\n') });
    const imported = performance.now() - begun;
    assert.equal(taken.added, COUNT);
    const { total } = await adminApi('/accounts?limit=1');
    await openAdmin(page, '/admin');
    await page.getByText(`/ ${total.toLocaleString('en')}`).waitFor();
    const hasRows = () => document.querySelectorAll('tr[data-account]').length === 100;
    const listed = await timed(page, 'a[href="/admin/accounts"]', hasRows);
    const listedAgain = await timed(page, 'nav.pager button.next', () => document.querySelector('.pager .num')?.textContent?.startsWith('101'));
    const filtered = await timed(page, '.segments button:nth-child(2)', () => location.search.includes('state=healthy') && document.querySelector('.pager .num')?.textContent?.startsWith('1–'));
    const frames = await page.evaluate(async () => {
      const box = document.querySelector('main');
      const times = [];
      let last = await new Promise((next) => requestAnimationFrame(next));
      for (let step = 0; step < 120; step += 1) {
        box.scrollTop += 50;
        const now = await new Promise((next) => requestAnimationFrame(next));
        times.push(now - last);
        last = now;
      }
      return times.sort((a, b) => a - b);
    });
    const p95 = frames[Math.floor(frames.length * 0.95)];
    const shown = { imported, listed, nextPage: listedAgain, filtered, frameMedian: frames[60], frameP95: p95 };
    context.diagnostic(JSON.stringify(shown, (_key, value) => (typeof value === 'number' ? Math.round(value) : value)));
    // Twice of what is meant, for machines that do other things beside.
    assert.ok(listed < 600 && listedAgain < 600 && filtered < 600, JSON.stringify(shown));
    assert.ok(p95 <= 50, JSON.stringify(shown));
    await page.getByRole('searchbox').fill(`refresh_token`);
    await page.getByText(/^1–100 of 2,0\d\d$/).waitFor();
  }));

test('all that match are selected over all pages', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/accounts');
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    await page.getByRole('button', { name: /^Select all [\d,]+ matching$/ }).click();
    const { total } = await adminApi('/accounts?limit=1');
    await page.getByText(`${total.toLocaleString('en')} accounts selected`).first().waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog', { name: `Remove ${total.toLocaleString('en')} accounts?` }).waitFor();
  }));

test('one of two thousand is found to bind a seed to', () =>
  onPage({}, async (page) => {
    const { lines } = await adminApi('/accounts', { text: refreshToken(9_999_999) });
    await adminApi(`/accounts/${lines[0].account_id}`, { label: 'the one that is meant' }, 'PATCH');
    await openAdmin(page, '/admin/seeds');
    await page.getByRole('button', { name: 'Create seed' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill('that is meant');
    await dialog.getByLabel('Account', { exact: true }).selectOption({ label: 'the one that is meant' });
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Created the seed').waitFor();
    const { seeds } = await adminApi('/seeds');
    assert.ok(seeds.some((seed) => seed.account_id === lines[0].account_id));
  }));
