// The live test of an account: it asks that account alone, with a key that is gone afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminApi, onPage, openAdmin, useWorld, world } from './support/world.mjs';

useWorld('instant');

async function openTest(page, isSignedIn = false) {
  const { accounts } = await adminApi('/accounts');
  const account = accounts.find((it) => it.state === 'healthy' && it.is_usable && it.email !== null);
  const path = `/admin/accounts?account=${account.id}`;
  if (isSignedIn) await page.goto(world.url + path);
  else await openAdmin(page, path);
  await page.getByRole('button', { name: 'Open the test' }).click();
  await page.getByLabel('Model', { exact: true }).locator('option').first().waitFor({ state: 'attached' });
  return account;
}

/** Those of tests alone. */
const keys = async () => (await adminApi('/keys')).keys.filter((it) => it.name.startsWith('Test of'));

/** They are written down a moment after their end. */
async function requestsOf(keyId) {
  for (let tries = 0; tries < 50; tries += 1) {
    const { requests } = await adminApi(`/requests?key_id=${keyId}`);
    if (requests.length > 0) return requests;
    await new Promise((done) => setTimeout(done, 100));
  }
  return [];
}

async function untilNoKeyIsLeft() {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await keys()).length === 0) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail('a key of a test is left');
}

test('an answer comes with its timings, from the account that is tested', () =>
  onPage({}, async (page) => {
    const account = await openTest(page);
    const [key] = await keys();
    assert.deepEqual([key.policy.accounts, key.policy.max_in_use], [[account.id], 1]);
    assert.ok(key.expires_at - Date.now() / 1000 <= 300);
    await page.getByLabel('Message').fill('simulate:echo it answers');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('region', { name: 'Answer' }).getByText('it answers').waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    assert.match(await page.locator('.facts').innerText(), /First text\s+[\d.]+ m?s\s+Total\s+[\d.]+ m?s/);
    const requests = await requestsOf(key.id);
    assert.deepEqual(requests.map((it) => [it.account_id, it.status]), [[account.id, 200]]);
    await page.getByRole('button', { name: 'Close the test' }).click();
    await untilNoKeyIsLeft();
  }));

test('an error is told in its own words', () =>
  onPage({}, async (page) => {
    await openTest(page);
    await page.getByLabel('Message').fill('simulate:too-long');
    await page.getByRole('button', { name: 'Send' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /too long|context/i);
    await page.keyboard.press('Escape');
    await untilNoKeyIsLeft();
  }));

test('the key is gone when the test is closed in the middle, and when the page is left', () =>
  onPage({}, async (page) => {
    await openTest(page);
    await page.getByLabel('Message').fill('simulate:stall-mid');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.keyboard.press('Escape');
    await untilNoKeyIsLeft();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await openTest(page, true);
    assert.equal((await keys()).length, 1);
    await page.goto('about:blank');
    await untilNoKeyIsLeft();
  }));
