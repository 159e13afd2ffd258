// New builds of the site: served as they come, or the last good page with the reason. The mirror is never restarted.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from './between.mjs';
import { admin, ask, checks, layout, open, say, until, useWorld, visitor, world } from './world.mjs';

let alice;

useWorld({}, async () => {
  await layout('A');
  alice = await visitor('alice');
});

/** A page that is whole: alive, without a mismatch, with all its files. */
async function assertWhole(who, name) {
  const { page } = who;
  await until(page, () => window.__checks.late && window.__checks.dynamic && window.__checks.models);
  await until(page, () => window.__checks.picture !== undefined && window.__checks.stylePicture !== undefined);
  const found = await checks(page);
  assert.equal(found.layout, name);
  assert.deepEqual(found.mismatches, []);
  assert.deepEqual([found.picture, found.stylePicture], [32, 24]);
  assert.equal(found.inline, true);
  assert.equal(await page.getAttribute('html', 'data-build'), found.build);
  return found;
}

const files = (who) => [...new Set(who.seen.requests)].filter((url) => /\/assets\//.test(url) && !url.includes('no%20such')).map((url) => url.slice(world.url.length));

test('M28 digests in tags and in the import map do not stand in the way of changed files', async () => {
  await open(alice);
  await assertWhole(alice, 'A');
  const theirs = textOf(world.log.find((it) => it.path === '/'));
  assert.ok(/<script[^>]* type="importmap"[^>]*>[^<]*"integrity"/.test(theirs) && /<link[^>]* integrity="sha/.test(theirs));
  const ours = await (await alice.page.request.get(`${world.url}/`)).text();
  assert.ok(!ours.includes('integrity'));
  assert.deepEqual(alice.seen.complaints.filter((it) => it.includes('integrity')), []);
});

test('M27 addresses from the root in a style lead to the host that it came from', async () => {
  const style = files(alice).find((path) => path.endsWith('.css'));
  const { text } = await ask(alice.page, style);
  assert.ok(text.includes('url(/_h/cdn.oaistatic.test/assets/root-relative.svg)'), text);
  const file = '/assets/root-relative.svg';
  assert.ok(world.log.some((it) => it.host === 'cdn.oaistatic.test' && it.path === file && it.status === 200));
  assert.ok(!alice.seen.requests.includes(world.url + file));
});

test('M33 a raw path with parentheses reaches upstream as it is', async () => {
  await alice.page.click('text=Explore');
  await until(alice.page, () => window.__checks.explore);
  const asked = world.log.filter((it) => it.path.includes('_lang'));
  assert.ok(asked.length > 0);
  for (const { path } of asked) assert.match(path, /\(_lang\)/);
  await ask(alice.page, '/_h/cdn.oaistatic.test/assets/(_lang).no%20such~file.js?v=%28a%29');
  assert.equal(world.log.at(-1).path, '/assets/(_lang).no%20such~file.js?v=%28a%29');
});

test('M22 and M36 build B is served at once, and open tabs of build A live on when its files are gone', async () => {
  const late = await visitor('late');
  await open(late);
  await assertWhole(late, 'A');
  const known = files(alice);
  const before = await Promise.all(known.map((path) => ask(alice.page, path)));
  const chunk = known.find((path) => path.includes('(_lang)'));
  assert.ok(!files(late).includes(chunk), 'this tab has not been there yet');
  await layout('B');
  const reply = await open(alice);
  assert.equal(reply.headers()['x-flow-mirror'], undefined);
  await assertWhole(alice, 'B');
  assert.ok(files(alice).some((path) => path.startsWith('/cdn/assets/')));
  const answer = await say(alice.page, 'Something for build B');
  assert.ok(answer.text.length > 0);
  // Files of A: upstream has them no longer, and is not asked.
  const asked = world.log.length;
  const other = await visitor('other');
  await other.page.goto(`${world.url}/favicon.ico`);
  for (const [index, path] of known.entries()) {
    assert.deepEqual(await ask(other.page, path), before[index], path);
  }
  assert.deepEqual(world.log.slice(asked).filter((it) => it.host === 'cdn.oaistatic.test'), []);
  await late.page.click('text=Explore');
  await until(late.page, () => window.__checks.explore);
  const { layout: still, explore } = await checks(late.page);
  assert.deepEqual([still, explore.shelves], ['A', 3]);
  assert.ok(files(late).includes(chunk));
  await Promise.all([late.close(), other.close()]);
});

test('M22 a tab of a build that is gone is told to load anew when it looks for routes', async () => {
  const { manifest } = JSON.parse(await readFile(join(world.layouts, 'A/site.json'), 'utf8'));
  const routes = (page) => page.request.get(`${world.url}/__manifest?paths=%2Fexplore&version=${manifest.version}`);
  const gone = await routes(alice.page);
  assert.deepEqual([gone.status(), gone.headers()['x-remix-reload-document']], [204, 'true']);
  await layout('A');
  const known = await routes(alice.page);
  assert.deepEqual([known.status(), known.headers()['x-remix-reload-document']], [200, undefined]);
});

test('M23 and M29 under a browser check the last good page is served with the reason, or the reason alone', async () => {
  await layout('B');
  await open(alice);
  assert.deepEqual(await world.simulator.command('challenge on'), { ok: true });
  try {
    const asked = world.log.length;
    const reply = await open(alice);
    assert.equal(reply.status(), 200);
    assert.equal(reply.headers()['x-flow-mirror'], 'last-good');
    assert.match(reply.headers()['x-flow-mirror-reason'], /\w+ \w+/);
    assert.equal((await checks(alice.page)).layout, 'B');
    const answer = await say(alice.page, 'And still it answers');
    assert.ok(answer.text.length > 0);
    const { accounts } = await admin('/mirror');
    assert.equal(accounts[0].reason, reply.headers()['x-flow-mirror-reason']);
    assert.equal(accounts[0].build, (await checks(alice.page)).build);
    const fresh = await visitor('fresh');
    const refused = await fresh.page.goto(`${world.url}/`);
    assert.equal(refused.status(), 503);
    assert.equal(refused.headers()['x-flow-mirror'], 'unavailable');
    const said = await fresh.page.textContent('body');
    assert.ok(said.includes(reply.headers()['x-flow-mirror-reason']), said);
    assert.equal(await fresh.page.getAttribute('a', 'href'), `${world.gateway}/`);
    await fresh.close();
    // Nothing tries to pass it.
    assert.deepEqual(world.log.slice(asked).filter((it) => /cdn-cgi|challenge/.test(it.path)), []);
  } finally {
    await world.simulator.command('challenge off');
  }
  const reply = await open(alice);
  assert.equal(reply.headers()['x-flow-mirror'], undefined);
  assert.equal((await admin('/mirror')).accounts[0].reason, null);
});

test('M30 build C, as in 2025, is served', async () => {
  await layout('C');
  const reply = await open(alice);
  assert.equal(reply.headers()['x-flow-mirror'], undefined);
  const { identity } = await assertWhole(alice, 'C');
  assert.deepEqual([identity.session, identity.me, identity.account], [true, true, true]);
  const answer = await say(alice.page, 'Something for build C');
  assert.ok(answer.text.length > 0);
});

test('M30 build D, in which a key has another name, is not: the last good page is, with the reason', async () => {
  await layout('D');
  const reply = await open(alice);
  assert.equal(reply.headers()['x-flow-mirror'], 'last-good');
  assert.match(reply.headers()['x-flow-mirror-reason'], /mirror knows|not found|no /);
  assert.equal((await checks(alice.page)).layout, 'C');
  const fresh = await visitor('fresh');
  const refused = await fresh.page.goto(`${world.url}/`);
  assert.equal(refused.status(), 503);
  const theirs = textOf(world.log.findLast((it) => it.path === '/'));
  const [token] = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/.exec(theirs);
  assert.ok(!(await refused.text()).includes(token));
  await fresh.close();
  await layout('B');
  assert.equal((await open(alice)).headers()['x-flow-mirror'], undefined);
});
