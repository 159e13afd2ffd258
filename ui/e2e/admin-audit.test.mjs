// The audit: every change of the admin stands in it, and all of it can be saved.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld } from './support/world.mjs';
import { refreshToken } from './support/tokens.mjs';

useWorld('instant');

const entries = async () => (await adminApi('/audit?limit=1000')).entries;

test('every change has an entry', async () => {
  const { lines } = await adminApi('/accounts', { text: refreshToken(1) });
  const account = `/accounts/${lines[0].account_id}`;
  const key = await adminApi('/keys', { name: 'audited', policy: {} });
  const changes = [
    ['import_accounts', () => adminApi('/accounts', { text: refreshToken(2) })],
    ['change_account', () => adminApi(account, { label: 'audited account' }, 'PATCH')],
    ['disable_account', () => adminApi(`${account}/disable`, undefined, 'POST')],
    ['enable_account', () => adminApi(`${account}/enable`, undefined, 'POST')],
    ['clear_limits', () => adminApi(`${account}/clear-limits`, {})],
    ['mark_account_healthy', () => adminApi(`${account}/mark-healthy`, undefined, 'POST')],
    ['refresh_account', () => adminApi(`${account}/refresh`, undefined, 'POST')],
    ['check_account', () => adminApi(`${account}/check`, undefined, 'POST')],
    ['refresh_all_accounts', () => adminApi('/accounts/refresh', undefined, 'POST')],
    ['remove_account', () => adminApi(account, undefined, 'DELETE')],
    ['create_key', () => adminApi('/keys', { name: 'audited too', policy: {} })],
    ['change_key', () => adminApi(`/keys/${key.id}`, { is_disabled: true }, 'PATCH')],
    ['remove_key', () => adminApi(`/keys/${key.id}`, undefined, 'DELETE')],
    ['bind_seed', () => adminApi('/seeds', { seed: 'an audited seed' })],
    ['remove_seed', () => adminApi('/seeds', { seed: 'an audited seed' }, 'DELETE')],
    ['clear_seeds', () => adminApi('/seeds/clear', undefined, 'POST')],
    ['begin_sign_in', () => adminApi('/sign-ins', { method: 'browser' })],
  ];
  const missing = [];
  for (const [action, change] of changes) {
    const before = (await entries())[0]?.id ?? 0;
    await change();
    const fresh = (await entries()).filter((entry) => entry.id > before);
    if (!fresh.some((entry) => entry.action === action)) missing.push(`${action}: ${fresh.map((entry) => entry.action)}`);
  }
  assert.deepEqual(missing, []);
  const cleared = await adminApi('/accounts/clear', undefined, 'POST');
  await adminApi('/undo', { clearing: cleared.clearing });
  const actions = (await entries()).slice(0, 2).map((entry) => entry.action);
  assert.deepEqual(actions, ['undo_clearing', 'clear_accounts']);
});

test('a trial of an import changes nothing and has no entry', async () => {
  const before = (await entries()).length;
  await adminApi('/accounts', { text: refreshToken(3), dry_run: true });
  assert.equal((await entries()).length, before);
});

test('what was done is shown, and saved whole', () =>
  onPage({}, async (page) => {
    for (let n = 0; n < 110; n += 1) await adminApi('/seeds', { seed: `seed ${n}` });
    await openAdmin(page, '/admin/audit');
    await page.getByText('Bound a seed').first().waitFor();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const download = await waiting;
    assert.equal(download.suggestedFilename(), 'flowgpt-audit.csv');
    const rows = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    assert.equal(rows.length - 1, (await entries()).length);
    assert.ok(rows.length > 110);
  }));
