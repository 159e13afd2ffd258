// Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, as extensions of the lexer.
import type { TokenizerAndRendererExtension } from 'marked';
import { escapeHtml } from './escape.ts';

const BLOCK = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n+|$)/;
/** Money is no formula: no space inside the dollars, and no digit after them. */
const INLINE = /^\$(?![\s$])((?:\\.|[^\\\n$])+?)(?<![\s\\])\$(?![\d$])|^\\\(([\s\S]+?)\\\)|^\$\$((?:\\.|[^\\$])+?)\$\$|^\\\[([\s\S]+?)\\\]/;

export const mathBlock: TokenizerAndRendererExtension = {
  name: 'mathBlock',
  level: 'block',
  start: (source) => source.match(/(?:^|\n) {0,3}(?:\$\$|\\\[)/)?.index,
  tokenizer(source) {
    const match = BLOCK.exec(source);
    if (!match) return undefined;
    return { type: 'mathBlock', raw: match[0], tex: (match[1] ?? match[2] ?? '').trim() };
  },
  renderer: (token) => `<div class="math" data-math="block">${escapeHtml(token['tex'] as string)}</div>`,
};

export const mathInline: TokenizerAndRendererExtension = {
  name: 'mathInline',
  level: 'inline',
  start: (source) => source.match(/\$|\\\(|\\\[/)?.index,
  tokenizer(source) {
    const match = INLINE.exec(source);
    if (!match) return undefined;
    const isBlock = match[3] !== undefined || match[4] !== undefined;
    const tex = (match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').trim();
    return { type: 'mathInline', raw: match[0], tex, isBlock };
  },
  renderer: (token) =>
    `<span class="math" data-math="${token['isBlock'] ? 'block' : 'inline'}">${escapeHtml(token['tex'] as string)}</span>`,
};
