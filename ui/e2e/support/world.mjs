// A gateway that serves the pages, and a browser, for the tests of one file. With E2E_DIST=1 the pages are those of
// `dist` instead of those that were built into the program.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { openPage, startBrowser } from './browser.mjs';
import { servePages } from './front.mjs';
import { PASSWORD, startGateway } from './gateway.mjs';

/** `url` is where the pages are, `gateway` where the program is; without E2E_DIST they are the same. */
export const world = { url: '', key: '', gateway: '', browser: undefined };

export function useWorld(pace) {
  const stops = [];
  before(async () => {
    const gateway = await startGateway(pace);
    stops.push(gateway.stop);
    const pages = await servePages(gateway.url);
    stops.push(pages.stop);
    world.browser = await startBrowser();
    stops.push(() => world.browser.close());
    Object.assign(world, { url: pages.url, key: gateway.key, gateway: gateway.url });
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });
}

/** Opens a page, hands it to `work`, and fails if anything went wrong on it that should not. */
export async function onPage(options, work) {
  const opened = await openPage(world.browser, options);
  try {
    await work(opened.page, opened.context);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

/** Signs in without the sign-in page, which has tests of its own. */
export async function signIn(page, code = world.key) {
  const headers = { 'x-flowgpt-ui': '1', origin: world.url };
  const reply = await page.request.post(`${world.url}/api/session`, { data: { code }, headers });
  assert.equal(reply.status(), 204);
}

export async function openChat(page, path = '/') {
  await signIn(page);
  await page.goto(world.url + path);
  await page.locator('#composer, main h1').first().waitFor();
}

export async function openAdmin(page, path = '/admin') {
  await page.goto(`${world.url}/admin`);
  await page.fill('#password', PASSWORD);
  await page.click('form .primary');
  await page.locator('main#content').waitFor();
  if (path !== '/admin') await page.goto(world.url + path);
  await page.locator('main#content h1').waitFor();
}

/** Sends a message and waits until its answer has ended. */
export async function say(page, text) {
  const before = await page.locator('.answer').count();
  await page.fill('#composer', text);
  await page.keyboard.press('Enter');
  await page.locator('.answer').nth(before).waitFor();
  await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
}

export function lastAnswer(page) {
  return page.locator('.answer').last();
}

/** Asks the admin's API of the gateway as a script does. */
export async function adminApi(path, body, method) {
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const reply = await fetch(`${world.gateway}/admin/api${path}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { authorization, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return reply.status === 204 ? undefined : reply.json();
}
