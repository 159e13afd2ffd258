// Every state a chat can be in has its words, in both languages, and a next step.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { adminApi, lastAnswer, onPage, openChat, say, signIn, useWorld, world } from './support/world.mjs';

const WORDS = {
  en: {
    greeting: 'What is on your mind today?',
    stop: 'Stop',
    waitingAccount: 'Waiting for an account…',
    stopped: 'Stopped',
    continue: 'Continue',
    reconnecting: 'Connection lost. Reconnecting…',
    dropped: 'The connection was lost. What has come is kept.',
    resume: 'Resume',
    retry: 'Retry',
    upstream: 'The official site failed to answer.',
    withdrawn: 'The answer was withdrawn by the official site.',
    cutShort: 'The answer reached its longest length.',
    flagged: 'The official site did not accept this message.',
    tooLong: 'This conversation is too long for the model. Start a new chat or shorten the message.',
    refused: 'The official site refused this server.',
    modelGone: 'This model is not available. Choose another one.',
    otherModel: 'Choose another model',
    limit: /^All accounts are at their limit\. The next one frees up at \d{1,2}:\d\d\.$/,
    noAccount: 'No account can answer. Ask your administrator.',
    noAccountOperator: 'No account can answer: one has to be added or signed in again.',
    openAccounts: 'Open the accounts',
    tooLarge: 'Too large',
    notFound: 'Chat not found',
    loading: 'Loading',
    offline: 'You are offline',
    offlineSend: 'You are offline. Messages are not sent until you are back.',
    updated: 'FlowGPT was updated',
    reload: 'Reload',
  },
  zh: {
    greeting: '今天想聊点什么？',
    stop: '停止',
    waitingAccount: '正在等待可用账号…',
    stopped: '已停止',
    continue: '继续',
    reconnecting: '连接中断，正在重新连接…',
    dropped: '连接已中断，收到的内容已保留。',
    resume: '继续接收',
    retry: '重试',
    upstream: '官方网站没能给出回答。',
    withdrawn: '官方撤回了这条回答。',
    cutShort: '回答已达到最大长度。',
    flagged: '官方没有接受这条消息。',
    tooLong: '对话对这个模型来说太长了，请新建聊天或缩短消息。',
    refused: '官方网站拒绝了这台服务器。',
    modelGone: '这个模型不可用，请换一个。',
    otherModel: '换一个模型',
    limit: /^所有账号都已达到限额，最早 \d{1,2}:\d\d 恢复。$/,
    noAccount: '没有账号可以应答，请联系管理员。',
    noAccountOperator: '没有账号可以应答：需要添加账号，或让账号重新登录。',
    openAccounts: '打开账号列表',
    tooLarge: '文件过大',
    notFound: '找不到聊天',
    loading: '加载中',
    offline: '你已离线',
    offlineSend: '你已离线，恢复前不会发送消息。',
    updated: 'FlowGPT 已更新',
    reload: '重新加载',
  },
};

for (const [locale, words] of Object.entries(WORDS)) {
  describe(`in ${locale}`, () => {
    useWorld('instant');
    const begin = async (page, text) => {
      await page.fill('#composer', text);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: words.stop, exact: true }).waitFor();
    };
    const inPage = (options, work) => onPage({ locale, ...options }, work);

    test('empty, and not found', () =>
      inPage({}, async (page) => {
        await openChat(page);
        await page.getByRole('heading', { name: words.greeting }).waitFor();
        await page.goto(`${world.url}/c/chat_nowhere`);
        await page.getByText(words.notFound).waitFor();
      }));

    test('loading: a skeleton after a moment, and the composer can be used', () =>
      inPage({}, async (page) => {
        await openChat(page);
        await say(page, 'simulate:plain');
        await page.route('**/api/chats/chat_*', async (route) => {
          await new Promise((done) => setTimeout(done, 900));
          await route.continue();
        });
        await page.reload();
        await page.getByRole('region').getByRole('status', { name: words.loading }).waitFor();
        await page.fill('#composer', 'meanwhile');
        await page.locator('.answer').waitFor();
        assert.equal(await page.inputValue('#composer'), 'meanwhile');
      }));

    test('waiting, then stopped', () =>
      inPage({}, async (page) => {
        await openChat(page);
        await begin(page, 'simulate:stall');
        assert.equal(await lastAnswer(page).getAttribute('aria-busy'), 'true');
        await page.getByText(words.waitingAccount).waitFor();
        await page.getByRole('button', { name: words.stop, exact: true }).click();
        await lastAnswer(page).getByText(words.stopped, { exact: true }).waitFor();
        await lastAnswer(page).getByRole('button', { name: words.continue, exact: true }).waitFor();
      }));

    test('dropped: it is taken up again by itself, then by hand', () =>
      inPage({}, async (page) => {
        await openChat(page);
        let isAway = true;
        await page.route('**/v1/responses', async (route) => {
          const reply = await route.fetch();
          const body = (await reply.text()).split('\n\n').slice(0, 12).join('\n\n') + '\n\n';
          await route.fulfill({ response: reply, body });
        });
        await page.route('**/v1/responses/*stream=true*', (route) => (isAway ? route.abort() : route.continue()));
        await page.fill('#composer', 'simulate:long');
        await page.keyboard.press('Enter');
        await page.getByText(words.reconnecting).waitFor();
        await page.getByText(words.dropped).waitFor();
        await page.getByRole('button', { name: words.retry, exact: true }).waitFor();
        isAway = false;
        await page.getByRole('button', { name: words.resume, exact: true }).click();
        await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
        assert.equal(await page.getByText(words.dropped).count(), 0);
      }));

    test('what the official site refuses, withdraws, cuts or fails at', () =>
      inPage({}, async (page) => {
        await openChat(page);
        for (const [fault, text] of [
          ['moderation', words.withdrawn],
          ['max-tokens', words.cutShort],
          ['flagged', words.flagged],
          ['too-long', words.tooLong],
          ['model-not-found', words.modelGone],
          ['internal-error', words.upstream],
          ['error-mid', words.upstream],
          ['cloudflare', words.refused],
        ]) {
          await say(page, `simulate:${fault}`);
          await lastAnswer(page).getByText(text).waitFor({ timeout: 5000 }).catch((error) => {
            throw new Error(`${fault}: ${text}`, { cause: error });
          });
          const isFinal = ['moderation', 'flagged', 'too-long', 'cloudflare', 'model-not-found', 'max-tokens'].includes(fault);
          assert.equal(await lastAnswer(page).getByRole('button', { name: words.retry, exact: true }).count(), isFinal ? 0 : 1, fault);
        }
      }));

    test('a model that is gone is changed for another in place', () =>
      inPage({}, async (page) => {
        await openChat(page);
        await say(page, 'simulate:model-not-found');
        await lastAnswer(page).getByRole('button', { name: words.otherModel }).click();
        const sent = page.waitForRequest((request) => request.url().endsWith('/v1/responses'));
        await page.getByRole('menuitem', { name: 'gpt-5.5', exact: true }).click();
        assert.equal((await sent).postDataJSON().model, 'gpt-5.5');
      }));

    test('a file that is too large is told on its chip, before anything is sent', () =>
      inPage({}, async (page) => {
        const folder = mkdtempSync(join(tmpdir(), 'flowgpt-'));
        try {
          const file = openSync(join(folder, 'large.bin'), 'w');
          ftruncateSync(file, 600 * 1024 * 1024);
          closeSync(file);
          await openChat(page);
          let isSent = false;
          await page.route('**/v1/files', (route) => ((isSent = true), route.abort()));
          await page.setInputFiles('.composer input[type=file]', join(folder, 'large.bin'));
          await page.locator('.chip', { hasText: words.tooLarge }).waitFor();
          assert.equal(isSent, false);
        } finally {
          rmSync(folder, { recursive: true });
        }
      }));

    test('offline: a banner, the chat is there to read, nothing is sent', () =>
      inPage({}, async (page, context) => {
        await openChat(page);
        await say(page, 'simulate:plain');
        await context.setOffline(true);
        await page.getByRole('status').filter({ hasText: words.offline }).first().waitFor();
        await page.fill('#composer', 'later');
        await page.getByText(words.offlineSend).waitFor();
        await page.keyboard.press('Enter');
        assert.equal(await page.inputValue('#composer'), 'later');
        assert.equal(await page.locator('.answer').count(), 1);
        await context.setOffline(false);
        await page.getByText(words.offlineSend).waitFor({ state: 'detached' });
      }));

    test('a new version of the pages is told of on the next move, and never in mid-answer', () =>
      inPage({}, async (page) => {
        await page.clock.install();
        await openChat(page);
        await begin(page, 'simulate:stall');
        await page.route('**/c/chat_*', async (route) => {
          const reply = await route.fetch();
          await route.fulfill({ response: reply, body: (await reply.text()).replace(/(assets\/index-)[^.]+/, '$1newer') });
        });
        await page.clock.fastForward('06:00');
        const comeBack = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        await comeBack();
        await page.waitForTimeout(300);
        assert.equal(await page.getByText(words.updated).count(), 0);
        await page.getByRole('button', { name: words.stop, exact: true }).click();
        await lastAnswer(page).getByText(words.stopped, { exact: true }).waitFor();
        await comeBack();
        await page.getByText(words.updated).waitFor();
        await page.getByRole('button', { name: words.reload, exact: true }).waitFor();
      }));

    test('no account is signed in: operators get a way there, others are told whom to ask', () =>
      inPage({}, async (page) => {
        await adminApi('/seeds', { seed: 'lin' });
        await signIn(page, 'lin');
        await page.goto(world.url);
        await say(page, 'simulate:token-expired');
        await page.getByText(words.noAccount, { exact: true }).waitFor();
        assert.equal(await page.getByRole('link', { name: words.openAccounts }).count(), 0);
        await openChat(page);
        await say(page, 'simulate:token-expired');
        await page.getByText(words.noAccountOperator, { exact: true }).waitFor();
        const link = page.getByRole('link', { name: words.openAccounts });
        assert.equal(await link.getAttribute('href'), '/admin/accounts');
      }));

    // It uses the accounts up, so it comes last.
    test('all accounts at their limit: when the next is free, and another model', () =>
      inPage({}, async (page) => {
        await openChat(page);
        await say(page, 'simulate:model-cap');
        const notice = lastAnswer(page).getByRole('alert').locator('p').first();
        assert.match(await notice.innerText(), words.limit);
        await lastAnswer(page).getByRole('button', { name: words.otherModel }).waitFor();
      }));
  });
}
