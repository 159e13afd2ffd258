// The first start: the password, an account, a key, an answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, startBrowser } from './support/browser.mjs';
import { servePages } from './support/front.mjs';
import { startNewGateway } from './support/new-gateway.mjs';

const PASSWORD = 'a password of this test';
let gateway;
let front;
let browser;

before(async () => {
  gateway = await startNewGateway();
  front = await servePages(gateway.url);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  front?.stop();
  await gateway?.stop();
});

test('the printed link leads to an answer in four steps', async () => {
  const { page, close, faults } = await openPage(browser, {});
  await page.goto(front.url + gateway.link);
  await page.fill('#new-password', PASSWORD);
  await page.click('form .primary');
  await page.getByRole('heading', { name: 'Set up FlowGPT', level: 1 }).waitFor();
  assert.match(page.url(), /\/admin\/setup$/);
  await page.getByText('flowgpt demo', { exact: true }).waitFor();

  const step = (name) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  await step('First account').getByRole('tab', { name: 'Sign in with OpenAI' }).waitFor();
  await step('First account').getByRole('button', { name: 'Get a code' }).waitFor();
  await step('First account').getByRole('tab', { name: 'Paste' }).click();
  await page.getByLabel('Tokens').fill(gateway.token);
  await page.getByRole('button', { name: 'Import 1 account' }).click();
  await step('First account').getByText('1 account is in the pool.').waitFor();

  await step('API key').getByRole('button', { name: 'Create key' }).click();
  const key = await page.getByLabel('Your key').innerText();
  assert.match(key, /^fg-/);
  for (const [kind, word] of [['curl', 'chat/completions'], ['Python', 'from openai'], ['Node', 'import OpenAI']]) {
    await page.getByRole('button', { name: kind, exact: true }).click();
    const example = await page.getByRole('region', { name: 'Example' }).innerText();
    assert.ok(example.includes(word) && example.includes(key), kind);
  }
  await page.getByRole('button', { name: 'Next step' }).click();
  await page.getByLabel('Model', { exact: true }).locator('option').first().waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('region', { name: 'Answer' }).waitFor();
  await page.getByText('Your account has answered. Everything works.').waitFor();
  await page.getByRole('link', { name: 'Go to the overview' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test('an empty overview leads back to the first steps', async () => {
  const { page, close } = await openPage(browser, { locale: 'zh' });
  await page.goto(`${front.url}/admin`);
  await page.fill('#password', PASSWORD);
  await page.click('form .primary');
  await page.locator('main#content h1').waitFor();
  await page.evaluate(() => fetch('/admin/api/accounts/clear', { method: 'POST', headers: { 'x-flowgpt-ui': '1' } }));
  await page.reload();
  await page.getByRole('link', { name: '开始设置 FlowGPT' }).click();
  await page.getByRole('heading', { name: '设置 FlowGPT', level: 1 }).waitFor();
  await page.getByRole('tab', { name: '用 OpenAI 登录' }).waitFor();
  await close();
});
