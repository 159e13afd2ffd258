// Getting into the admin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('a wrong password is told once, and the field keeps the focus', () =>
  onPage({}, async (page) => {
    await page.goto(`${world.url}/admin`);
    await page.fill('#password', 'not the password');
    await page.click('form .primary');
    await page.getByRole('alert').getByText('This password is not right.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'password');
    await page.fill('#password', 'flowgpt-demo');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#password').waitFor();
  }));

test('the link of the first start needs its token', () =>
  onPage({}, async (page) => {
    await page.goto(`${world.url}/admin/bootstrap`);
    await page.getByRole('alert').getByText('This address lacks its token').waitFor();
    await page.goto(`${world.url}/admin/bootstrap#token=wrong`);
    await page.reload();
    await page.fill('#new-password', 'short');
    await page.click('form .primary');
    await page.getByText('A password has at least 10 characters.').waitFor();
    await page.fill('#new-password', 'long enough for this');
    await page.click('form .primary');
    await page.getByText('This link is used up or too old.').waitFor();
  }));
