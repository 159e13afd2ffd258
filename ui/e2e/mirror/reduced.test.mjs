// An account of which the gateway has no more than an access token: the page for guests, made one for the visitor.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks, layout, open, say, until, useWorld, visitor, world } from './world.mjs';

let alice;

useWorld({ by: 'access_token' }, async () => {
  await layout('A');
  alice = await visitor('alice');
});

for (const name of ['A', 'B']) {
  test(`the page for guests of build ${name} is one for the visitor, and says that it is reduced`, async () => {
    await layout(name);
    const reply = await open(alice);
    assert.equal(reply.status(), 200);
    assert.equal(reply.headers()['x-flow-mirror'], 'reduced');
    const page = world.log.findLast((it) => it.path === '/');
    assert.ok(!page.headers.authorization && !page.raw.includes('session-token') && page.body.includes('logged_out'));
    await until(alice.page, () => window.__checks.models && window.__checks.conversations);
    const { identity, errors } = await checks(alice.page);
    const { email, ...agree } = identity;
    assert.deepEqual(agree, { session: true, me: true, account: true });
    assert.equal(await alice.page.textContent('[data-testid=email]'), email);
    assert.deepEqual(errors, []);
    const answer = await say(alice.page, `Something on build ${name}`);
    assert.ok(answer.text.length > 0);
    const tokens = Object.values(world.tokens[0]);
    const html = await reply.text();
    for (const token of [...tokens, 'amy@simulator.example']) assert.ok(!html.includes(token));
  });
}
