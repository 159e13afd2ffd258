// Keys in the admin: shown once, limited, rotated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('a key is shown once, and works', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/keys');
    await page.getByRole('button', { name: 'Create key' }).first().click();
    await page.getByLabel('Name').fill('of the test');
    await page.getByRole('button', { name: 'Add a budget' }).click();
    await page.getByPlaceholder('Requests').fill('1');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Created of the test' });
    const key = await dialog.getByLabel('Your key').innerText();
    assert.match(key, /^fg-/);
    assert.ok((await dialog.locator('pre').innerText()).includes(key));
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('0 / 1 requests per day').waitFor();
    assert.ok(!(await page.content()).includes(key));
    const ask = () =>
      fetch(`${world.gateway}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'auto', input: 'hello', store: false }),
      });
    assert.equal((await ask()).status, 200);
    assert.equal((await ask()).status, 429);
    await page.reload();
    await page.getByText('1 / 1 requests per day').waitFor();
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByText('key_budget_exceeded').first().waitFor();
  }));

test('a rotated key is shown once more, and its old value works for a while', () =>
  onPage({}, async (page) => {
    const { id, key: old } = await adminApi('/keys', { name: 'to rotate', policy: {} });
    const trial = await adminApi(`/keys/${id}/rotate`, { overlap_seconds: 3600 });
    await openAdmin(page, '/admin/keys');
    await page.getByRole('button', { name: 'Actions for to rotate' }).click();
    await page.getByRole('menuitem', { name: 'Rotate' }).click();
    await page.getByLabel('For 1 hour more').check();
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotated to rotate' });
    const fresh = await dialog.getByLabel('Your key').innerText();
    assert.match(fresh, /^fg-/);
    const status = async (key) => (await fetch(`${world.gateway}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    assert.deepEqual([await status(fresh), await status(trial.key)], [200, 200]);
    assert.equal(await status(old), 401);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText(/old value ends in/).waitFor();
    assert.ok(!(await page.content()).includes(fresh));
  }));
