// The languages say the same things: no key is missing, no Chinese text was left in English, punctuation is Chinese.
import { describe, expect, it } from 'vitest';
import admin from '../../admin/i18n/bundle-en.ts';
import adminZh from '../../admin/i18n/bundle-zh.ts';
import chat from '../../chat/i18n/bundle-en.ts';
import chatZh from '../../chat/i18n/bundle-zh.ts';

/** These are given a time in words, which ends in Chinese. */
const TAKES_A_TIME = /^(since|expires|expired|resets)$/;

type Tree = { [key: string]: unknown };

/** Every text with the path to it; functions are asked with example arguments. */
function texts(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    const at = path ? `${path}.${key}` : key;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function') return [[at, String((value as (...args: unknown[]) => unknown)(...(TAKES_A_TIME.test(key) ? ['明天'] : [2, 3, 4])))]];
    return texts(value as Tree, at);
  });
}

/** Names, and words that Chinese takes over. */
const LATIN = /^(FlowGPT|English|API|CSV|GPTs|curl|Python|Markdown|JSON|Node|\d|\s|[/%.,:+–·…（）-])*$/;

describe.each([
  ['admin', admin, adminZh],
  ['chat', chat, chatZh],
])('the languages of the %s', (_name, en, zh) => {
  it('have the same keys', () => {
    const keys = (tree: object) => texts(tree as Tree).map(([path]) => path).sort();
    expect(keys(zh)).toEqual(keys(en));
  });

  it('have Chinese where Chinese belongs', () => {
    const wrong = texts(zh as Tree).filter(([, text]) => !/\p{Script=Han}/u.test(text) && !LATIN.test(text));
    expect(wrong).toEqual([]);
  });

  it('set Chinese with full-width punctuation', () => {
    const wrong = texts(zh as Tree).filter(([, text]) => /\p{Script=Han}\s*[,;:!?]|[,;:!?]\s*\p{Script=Han}|\p{Script=Han}\.(?!\w)/u.test(text));
    expect(wrong).toEqual([]);
  });

  it('put a space between Chinese and Latin letters', () => {
    const wrong = texts(zh as Tree).filter(([, text]) => /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u.test(text));
    expect(wrong).toEqual([]);
  });

  it('do not shout', () => {
    for (const [, text] of [...texts(en as Tree), ...texts(zh as Tree)]) expect(text).not.toMatch(/[!！]/);
  });
});
