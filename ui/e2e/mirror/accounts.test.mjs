// A visitor whose account is taken out goes on with another, of which no more is to be seen than of the first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './between.mjs';
import { admin, ask, checks, layout, open, until, useWorld, visitor, world } from './world.mjs';

const EMAIL = /(amy|ben)@simulator\.example/;

let alice;

useWorld({ accounts: ['amy', 'ben'] }, async () => {
  await layout('A');
  alice = await visitor('alice');
});

/** Opens the page; whose it was upstream, and what the browser got. */
async function opened() {
  const reply = await open(alice);
  await until(alice.page, () => window.__checks.models && window.__checks.late);
  const [email] = EMAIL.exec(textOf(world.log.findLast((it) => it.path === '/')));
  const bodies = [await reply.text()];
  for (const path of ['/_root.data', '/explore', '/backend-api/me', '/backend-api/accounts/check/v4-2023-04-27']) {
    bodies.push((await ask(alice.page, path)).text);
  }
  bodies.forEach((text, number) => assert.ok(!EMAIL.test(text) && !/>(amy|ben)</.test(text), `the owner of the account is in body ${number}`));
  const { mismatches, identity } = await checks(alice.page);
  assert.deepEqual(mismatches, []);
  return { email, shown: identity.email };
}

test('M18 also on another account, whose owner is nowhere to be seen', async () => {
  const first = await opened();
  for (const { id } of (await admin('/accounts')).accounts) await admin(`/accounts/${id}/check`, 'POST');
  const used = (await admin('/accounts')).accounts.find((it) => it.email === first.email);
  await admin(`/accounts/${used.id}/disable`, 'POST');
  const second = await opened();
  assert.notEqual(second.email, first.email);
  assert.equal(second.shown, first.shown);
  await admin(`/accounts/${used.id}/enable`, 'POST');
});
