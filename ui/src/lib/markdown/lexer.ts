// The lexer and the renderer of answers. HTML in an answer is shown as text and never runs; pictures of other hosts
// are not loaded by themselves, because their addresses could carry away what was said.
import { Marked, type Token, type Tokens, type TokensList } from 'marked';
import { escapeHtml } from './escape.ts';
import { mathBlock, mathInline } from './math.ts';
import { words } from './words.svelte.ts';

const marked = new Marked({ gfm: true, extensions: [mathBlock, mathInline] });

/** What a link may lead to; everything else is shown as its text alone. */
const SAFE_LINK = /^(?:https?:\/\/|mailto:|tel:|\/(?!\/)|#)/i;

marked.use({
  renderer: {
    html: (token: Tokens.HTML | Tokens.Tag) => escapeHtml(token.raw ?? token.text),
    link(token: Tokens.Link): string {
      const inside = this.parser.parseInline(token.tokens);
      if (!SAFE_LINK.test(token.href)) return inside;
      const cite = /^\d{1,3}$/.test(token.text) ? ' class="cite"' : '';
      const own = isOwnFile(token.href);
      const href = own ? pathOf(token.href) : token.href;
      const title = token.title ? ` title="${escapeHtml(token.title)}"` : '';
      const how = own ? ' download' : ' target="_blank" rel="noopener noreferrer nofollow"';
      return `<a href="${escapeHtml(href)}"${cite}${title}${how}>${inside}</a>`;
    },
    image(token: Tokens.Image): string {
      if (isOwnFile(token.href)) {
        const name = escapeHtml(token.text || words().viewImage);
        return (
          `<button type="button" class="picture" data-zoom="1" title="${escapeHtml(words().viewImage)}">` +
          `<img src="${escapeHtml(pathOf(token.href))}" alt="${name}" loading="lazy"></button>`
        );
      }
      const far = farAddress(token.href);
      if (!far) return escapeHtml(token.text);
      return `<span data-far="${escapeHtml(far)}" data-name="${escapeHtml(token.text)}"></span>`;
    },
    // A real field would need a name, and could not be used anyway.
    checkbox: (token: Tokens.Checkbox) => (token.checked ? '☑ ' : '☐ '),
    code(token: Tokens.Code): string {
      const language = escapeHtml(languageOf(token.lang));
      return (
        `<div class="code"><div class="code-head"><span>${language || escapeHtml(words().code)}</span>` +
        `<button type="button" class="code-copy" data-copy="1">${escapeHtml(words().copy)}</button></div>` +
        `<pre tabindex="0" role="region" aria-label="${language || escapeHtml(words().code)}"><code data-lang="${language}">${escapeHtml(token.text)}</code></pre></div>`
      );
    },
    table(token: Tokens.Table): string {
      const table = tableOf(token, (cell) => this.parser.parseInline(cell.tokens));
      const button = (kind: string, text: string) => `<button type="button" class="code-copy" data-table="${kind}">${escapeHtml(text)}</button>`;
      return (
        `<div class="table-copy" data-markdown="${escapeHtml(token.raw.trim())}">` +
        `<div class="table-region" tabindex="0" role="region" aria-label="${escapeHtml(headOf(token))}">${table}</div>` +
        `<div class="table-actions">${button('csv', words().copyCsv)}${button('markdown', words().copyMarkdown)}</div></div>`
      );
    },
  },
});

export function lex(source: string): TokensList {
  return marked.lexer(source);
}

export function render(token: Token): string {
  const list = [token] as unknown as TokensList;
  list.links = {};
  return marked.parser(list);
}

/** The word after the fence, without attributes. */
export function languageOf(info: string | undefined): string {
  return /^[\w+#.-]*/.exec(info ?? '')?.[0] ?? '';
}

function tableOf(token: Tokens.Table, inline: (cell: Tokens.TableCell) => string): string {
  const cell = (it: Tokens.TableCell, tag: string) =>
    `<${tag}${it.align ? ` align="${it.align}"` : ''}>${inline(it)}</${tag}>`;
  const head = token.header.map((it) => cell(it, 'th')).join('');
  const rows = token.rows.map((row) => `<tr>${row.map((it) => cell(it, 'td')).join('')}</tr>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`;
}

function headOf(token: Tokens.Table): string {
  return token.header.map((cell) => cell.text).join(', ').slice(0, 80) || words().table;
}

/** Files of the gateway are signed links below `/files/`; they may name it by another host than ours. */
function isOwnFile(href: string): boolean {
  const url = parsed(href);
  return url !== undefined && url.host === location.host && url.pathname.includes('/files/');
}

function pathOf(href: string): string {
  const url = parsed(href);
  return url ? url.pathname + url.search : href;
}

function farAddress(href: string): string | undefined {
  const url = parsed(href);
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

function parsed(href: string): URL | undefined {
  return URL.canParse(href, location.origin) ? new URL(href, location.origin) : undefined;
}
