// Seeds in the admin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage, openAdmin, useWorld } from './support/world.mjs';

useWorld('instant');

test('a seed is made, hidden, and removed', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/seeds');
    await page.getByRole('button', { name: 'Create seed' }).first().click();
    await page.getByLabel('Access code').fill('a-seed-of-the-test');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Created the seed').waitFor();
    await page.getByRole('searchbox').fill('a-seed-of-the-test');
    assert.equal(await page.getByText('a-seed-of-the-test').count(), 0);
    await page.getByRole('button', { name: 'Show the code' }).first().click();
    await page.getByText('a-seed-of-the-test').waitFor();
    await page.getByRole('button', { name: 'Actions for this seed' }).first().click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Removed the seed').waitFor();
  }));
