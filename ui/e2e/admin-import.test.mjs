// Adding accounts: what would come of each line, then the import; nothing in it runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessToken, refreshToken } from './support/tokens.mjs';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('an import says what would come of each line, stores nothing before, and then does it', () =>
  onPage({}, async (page) => {
    const session = JSON.stringify({ user: {}, accessToken: accessToken('session'), expires: '2040-01-01T00:00:00Z' });
    const lines = [
      '\uFEFF# a comment',
      accessToken('first'),
      refreshToken(1),
      '',
      session,
      refreshToken(1),
      accessToken('late', -100),
      '<script>alert(1)</script>',
    ];
    await openAdmin(page, '/admin/accounts');
    const before = (await adminApi('/accounts')).total;
    await page.getByRole('button', { name: 'Add accounts' }).first().click();
    const dialog = page.getByRole('dialog');
    await page.getByLabel('Tokens').fill(lines.join('\r\n'));
    await dialog.getByText('3 ready, 1 already added, 2 not accepted').waitFor();
    assert.equal((await adminApi('/accounts')).total, before);
    assert.ok(!(await dialog.locator('table').innerText()).includes(refreshToken(1)));
    await page.getByRole('button', { name: 'Import 3 accounts' }).click();
    await page.getByText('Imported 3 accounts').waitFor();
    assert.equal((await adminApi('/accounts')).total, before + 3);
    assert.equal(await page.locator('[role=dialog] script').count(), 0);
  }));

test('a file is read as it is, and stored only when imported', () =>
  onPage({}, async (page) => {
    await openAdmin(page, '/admin/accounts?add=file');
    const before = (await adminApi('/accounts')).total;
    const buffer = Buffer.from(`\uFEFF# team\r\n${refreshToken(50)}\r\n${refreshToken(51)}\r\n`);
    await page.locator('input[type=file]').setInputFiles({ name: 'token.txt', mimeType: 'text/plain', buffer });
    await page.getByText('2 ready, 0 already added, 0 not accepted').waitFor();
    assert.equal((await adminApi('/accounts')).total, before);
    await page.getByRole('button', { name: 'Import 2 accounts' }).click();
    await page.getByText('Imported 2 accounts').waitFor();
  }));

test('a label with markup stays text everywhere', () =>
  onPage({}, async (page) => {
    const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    let alerts = 0;
    page.on('dialog', (dialog) => {
      alerts += 1;
      void dialog.dismiss();
    });
    const { lines } = await adminApi('/accounts', { text: refreshToken(60) });
    const id = lines[0].account_id;
    await adminApi(`/accounts/${id}`, { label: markup }, 'PATCH');
    await adminApi('/keys', { name: markup, policy: {} });
    await adminApi('/seeds', { seed: `${markup} of a person`, account_id: id });
    await openAdmin(page);
    for (const path of ['/accounts', `/accounts?account=${id}`, '/keys', '/seeds', '/requests', '/audit', '/usage?group=account']) {
      await page.goto(`${world.url}/admin${path}`);
      await page.locator('main h1').waitFor();
      if (['/accounts', '/keys'].includes(path)) await page.getByText(markup).first().waitFor();
      assert.equal(await page.locator('main img, main script, [role=dialog] img').count(), 0, path);
    }
    assert.equal(alerts, 0);
  }));
