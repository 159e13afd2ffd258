// Usage in the admin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage, openAdmin, useWorld } from './support/world.mjs';

useWorld('instant');

test('usage is shown as a chart, as a table, and saved', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/usage?group=model');
    await page.locator('.plot canvas').first().waitFor();
    await page.getByRole('button', { name: 'Show as table' }).first().click();
    await page.getByRole('region', { name: 'Requests per day' }).waitFor();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    assert.equal((await waiting).suggestedFilename(), 'flowgpt-usage-model.csv');
  }));
