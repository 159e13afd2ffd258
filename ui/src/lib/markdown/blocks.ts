// An answer that grows, as a list of blocks. With each piece only the end is read again; blocks before it stay the
// same objects, so that what shows them is left alone.
import remend from 'remend';
import type { Token, Tokens } from 'marked';
import { languageOf, lex, render } from './lexer.ts';
import { sanitize } from './sanitize.ts';

export type Block =
  | { kind: 'html'; raw: string; html: string }
  | { kind: 'code'; raw: string; language: string; text: string; isOpen: boolean };

/** So many blocks at the end may still change: a list goes on after a blank line, a table after its head. */
const OPEN_BLOCKS = 3;

export class BlockStream {
  #tokens: Token[] = [];
  #blocks: Block[] = [];
  #text = '';
  #isOver = false;

  update(source: string, isOver: boolean): Block[] {
    const text = source.replace(/\r\n?/g, '\n');
    if (text === this.#text && isOver === this.#isOver) return this.#blocks;
    const isGrowing = !isOver && text.startsWith(this.#text);
    const kept = isGrowing ? Math.max(0, this.#tokens.length - OPEN_BLOCKS) : 0;
    const start = this.#tokens.slice(0, kept).reduce((sum, token) => sum + token.raw.length, 0);
    const tokens = [...this.#tokens.slice(0, kept), ...lex(text.slice(start))];
    const previous = this.#blocks;
    this.#blocks = tokens.filter((token) => token.type !== 'space' && token.type !== 'def').map((token, index, all) => {
      const isLast = index === all.length - 1 && !isOver;
      const old = previous[index];
      if (old && old.raw === token.raw && index < previous.length - 1 && !isLast && !isOver) return old;
      const made = blockOf(token, isLast);
      return old && isSame(old, made) ? old : made;
    });
    this.#tokens = tokens;
    this.#text = text;
    this.#isOver = isOver;
    return this.#blocks;
  }
}

function isSame(old: Block, made: Block): boolean {
  if (old.raw !== made.raw) return false;
  if (old.kind === 'code') return made.kind === 'code' && old.isOpen === made.isOpen;
  return made.kind === 'html' && old.html === made.html;
}

function blockOf(token: Token, isLast: boolean): Block {
  if (token.type === 'code') {
    const code = token as Tokens.Code;
    return { kind: 'code', raw: code.raw, language: languageOf(code.lang), text: code.text, isOpen: isLast };
  }
  return { kind: 'html', raw: token.raw, html: htmlOf(token, isLast) };
}

/** The last block may end in the middle of something: what is open is closed for the look of it. */
function htmlOf(token: Token, isLast: boolean): string {
  if (!isLast) return sanitize(render(token));
  const mended = remend(token.raw);
  return sanitize(lex(mended).map(render).join(''));
}
