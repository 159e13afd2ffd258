// The list of accounts, the sheet of one, and work on many.
import assert from 'node:assert/strict';
import { refreshToken } from './support/tokens.mjs';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('filters, search and columns are in the address', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/accounts');
    await page.getByRole('searchbox').fill('no such account');
    await page.getByText('No account matches').waitFor();
    assert.match(page.url(), /search=no\+such\+account/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.locator('tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Seeds' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Token expires' }).click();
    await page.keyboard.press('Escape');
    assert.match(page.url(), /columns=plan%2Cstatus%2CfiveHours%2Cweek%2ClastUsed%2CtokenExpires/);
    await page.reload();
    await page.getByRole('columnheader', { name: 'Token expires' }).waitFor();
    assert.equal(await page.getByRole('columnheader', { name: 'Seeds' }).count(), 0);
  }));

test('letters go through the list, select, open and search', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/accounts');
    await page.locator('tbody tr').nth(2).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('j');
    const row = page.locator('tbody tr').nth(1);
    assert.ok(await row.locator('.open').evaluate((it) => it === document.activeElement));
    await page.keyboard.press('x');
    await page.getByText('1 account selected').first().waitFor();
    assert.equal(await row.getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await row.locator('.open').evaluate((it) => it === document.activeElement));
    await page.keyboard.press('/');
    await page.keyboard.type('jx');
    assert.equal(await page.getByRole('searchbox').inputValue(), 'jx');
  }));

test('allowances are shown as upstream told them, with their age, and a limit as it was met', () =>
  onPage({}, async (page) => {
    const { accounts } = await adminApi('/accounts');
    const account = accounts.find((it) => it.state === 'healthy' && it.is_usable && it.windows.length > 1);
    const [first, second] = account.windows;
    await openAdmin(page, '/admin/accounts');
    const row = page.locator(`tr[data-account="${account.id}"]`);
    const used = (window) => row.getByRole('meter', { name: new RegExp(`${window.used_percent}% used`) });
    assert.equal(await used(first).getAttribute('aria-valuenow'), String(first.used_percent));
    assert.equal(await used(second).getAttribute('aria-valuenow'), String(second.used_percent));
    assert.match(await row.locator('.fiveHours').innerText(), /Resets in \d+ hours/);
    assert.match(await row.locator('.week [title]').first().getAttribute('title'), /^As of .+ · said when it was tested$/);
    const key = await adminApi('/keys', { name: 'limits', policy: { accounts: [account.id] } });
    const reply = await fetch(`${world.gateway}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', input: 'simulate:model-cap', store: false }),
    });
    assert.equal(reply.status, 429);
    const { limits } = await adminApi(`/accounts/${account.id}`);
    const until = new Date(Math.min(...limits.map((it) => it.until)) * 1000).toISOString().slice(11, 16);
    await page.reload();
    await row.getByText(`Limited until ${until}`).waitFor();
    await page.goto(`${world.url}/admin/accounts?account=${account.id}`);
    const sheet = page.getByRole('dialog');
    await sheet.getByText(/As of \d+ \w+ ago|As of now/).first().waitFor();
    await sheet.getByRole('button', { name: 'Forget' }).first().click();
    await page.getByText('Forgot the limits of').first().waitFor();
  }));

test('an account is disabled, changed, and removed after its number was named', () =>
  onPage({}, async (page) => {
    const { lines } = await adminApi('/accounts', { text: refreshToken(30) });
    await openAdmin(page, `/admin/accounts?account=${lines[0].account_id}`);
    const sheet = page.getByRole('dialog');
    await sheet.getByRole('button', { name: 'Disable' }).click();
    await sheet.getByText('Disabled by you').waitFor();
    await sheet.getByLabel('Label').fill('renamed account');
    await sheet.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved renamed account').waitFor();
    await sheet.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog', { name: 'Remove 1 account?' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Removed renamed account').waitFor();
    const isThere = async () => (await adminApi('/accounts')).accounts.some((it) => it.id === lines[0].account_id);
    assert.ok(!(await isThere()));
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Brought back 1 account').waitFor();
    assert.ok(await isThere());
  }));

test('work on many accounts goes on over pages, says what failed, and tries that again', () =>
  onPage({}, async (page) => {
    const FAILING = 7;
    const { lines } = await adminApi('/accounts', { text: Array.from({ length: 50 }, (_, n) => refreshToken(100 + n)).join('\n') });
    const ids = lines.map((line) => line.account_id);
    for (const id of ids) await adminApi(`/accounts/${id}`, { label: `bulk ${id}` }, 'PATCH');
    await openAdmin(page, '/admin/accounts?search=bulk');
    await page.getByText('1–50 of 50').waitFor();
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    await page.getByText('50 accounts selected').first().waitFor();
    // These are gone by the time their turn comes.
    for (const id of ids.slice(-FAILING)) await adminApi(`/accounts/${id}`, undefined, 'DELETE');
    await page.getByRole('toolbar').getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor();
    const drawer = page.getByRole('region', { name: 'Work on accounts' });
    await drawer.getByText(`${50 - FAILING} done, ${FAILING} failed`).waitFor();
    assert.equal(await drawer.getByRole('listitem').count(), FAILING);
    await drawer.getByRole('button', { name: `Retry ${FAILING} failures` }).click();
    await drawer.getByText(`0 done, ${FAILING} failed`).waitFor();
    const { accounts } = await adminApi('/accounts?search=bulk');
    assert.equal(accounts.filter((it) => it.is_disabled).length, 50 - FAILING);
  }));

test('all accounts are cleared only after their number is typed, and come back', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/accounts');
    const { total } = await adminApi('/accounts');
    await page.getByRole('button', { name: 'More for all accounts' }).click();
    await page.getByRole('menuitem', { name: 'Clear all accounts' }).click();
    const dialog = page.getByRole('dialog', { name: 'Clear all accounts' });
    assert.ok(await dialog.getByRole('button', { name: 'Clear all accounts' }).isDisabled());
    await dialog.getByLabel(`Type ${total}`).fill(String(total));
    await dialog.getByRole('button', { name: 'Clear all accounts' }).click();
    await page.getByText(`Cleared ${total} accounts`).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(`Brought back ${total} accounts`).waitFor();
    assert.equal((await adminApi('/accounts')).total, total);
  }));
