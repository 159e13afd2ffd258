// Settings: where they come from, what differs from the default, and no secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld } from './support/world.mjs';

useWorld('instant');

test('settings show where they come from, and no secret', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/settings');
    await page.getByRole('searchbox').fill('ADMIN_PASSWORD');
    await page.getByText('Set, not shown').waitFor();
    assert.ok(!(await page.content()).includes('flowgpt-demo'));
    await page.getByRole('tab', { name: 'Security' }).click();
    await page.getByText('The password is given by ADMIN_PASSWORD').waitFor();
  }));

test('what differs from the default is shown beside it', () =>
  onPage({}, async (page) => {
    const { settings } = await adminApi('/settings');
    const changed = settings.find((it) => it.origin !== 'default' && it.default && !it.value.startsWith('('));
    await openAdmin(page, `/admin/settings?search=${changed.name}`);
    await page.locator('ins').getByText(changed.value).waitFor();
    await page.locator('del').getByText(changed.default).waitFor();
    await page.getByText(changed.help.split('`')[0].trim().slice(0, 30)).first().waitFor();
  }));
