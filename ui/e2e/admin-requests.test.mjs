// Single requests: as they come, filtered, and one of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('new requests appear by themselves, and wait while paused', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/requests');
    await page.getByRole('button', { name: 'Pause' }).click();
    const ask = fetch(`${world.gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }] }),
    });
    assert.equal((await ask).status, 200);
    await page.getByText('1 new').waitFor();
    const before = await page.locator('tbody tr').count();
    await page.getByRole('button', { name: /Live/ }).click();
    await page.locator(`tbody tr:nth-child(${before + 1})`).waitFor();
    await page.locator('tbody .open').first().click();
    await page.getByRole('dialog', { name: 'Request' }).getByText('/v1/chat/completions').waitFor();
  }));

test('a filter is in the address, and a chip takes it out', () =>
  onPage({}, async (page) => {
    const ask = (input) =>
      fetch(`${world.gateway}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', input, store: false }),
      });
    assert.equal((await ask('hello')).status, 200);
    assert.equal((await ask('simulate:too-long')).status, 413);
    await openAdmin(page, '/admin/requests');
    await page.locator('tbody tr').nth(1).waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.getByText('Status: Failed').waitFor();
    assert.match(page.url(), /status=failed/);
    await page.getByLabel('Route').selectOption('/v1/responses');
    assert.match(page.url(), /route=%2Fv1%2Fresponses/);
    await page.getByRole('button', { name: 'Remove the filter Status' }).click();
    assert.doesNotMatch(page.url(), /status/);
    await page.locator('tbody tr').nth(1).locator('.open').click();
    const sheet = page.getByRole('dialog', { name: 'Request' });
    await sheet.getByText('Where the time went').waitFor();
    await sheet.getByText('Total').waitFor();
  }));

test('only failed requests are listed when only they are asked for', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/requests?status=failed');
    await page.locator('tbody tr').first().waitFor();
    assert.equal(await page.locator('tbody .badge.ok').count(), 0);
  }));

test('fifty requests a second are followed without growing for ever', () =>
  onPage({}, async (page) => {
    const MOST = 2000;
    const row = (n) => ({
      id: `rec_${n}`, at: 1_800_000_000 + n, key_id: null, account_id: null, route: '/v1/responses', model: 'auto', status: 200, code: null,
      prompt_tokens: 1, completion_tokens: 1, duration_ms: 5, first_text_ms: 2, driver: 'web', attempts: 1,
    });
    let newest = 1900;
    await page.route('**/admin/api/requests?**', async (route) => {
      const query = new URL(route.request().url()).searchParams;
      const first = query.has('before') ? Number(query.get('before').slice(4)) - 1 : newest;
      const length = Math.max(0, Math.min(Number(query.get('limit')), first));
      await route.fulfill({ json: { requests: Array.from({ length }, (_, index) => row(first - index)) } });
    });
    await openAdmin(page, '/admin/requests');
    const rows = page.locator('tbody tr');
    for (let shown = 100; shown < 1900; shown += 100) {
      await rows.nth(shown - 1).waitFor();
      await page.getByRole('button', { name: 'Load older' }).click();
    }
    await rows.nth(1899).waitFor();
    newest += 150;
    await page.waitForFunction((most) => document.querySelectorAll('tbody tr').length === most, MOST, { timeout: 10_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    newest += 150;
    await page.getByText('150 new').waitFor({ timeout: 10_000 });
    assert.equal(await rows.count(), MOST);
    await page.getByRole('button', { name: /Live/ }).click();
    await page.waitForFunction(() => !document.querySelector('main .badge.accent'));
    assert.equal(await rows.count(), MOST);
  }));
