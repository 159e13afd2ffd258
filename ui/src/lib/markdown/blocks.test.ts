// An answer that grows is drawn as if it had come at once, leaves what is finished alone, and never runs anything.
import { describe, expect, it, vi } from 'vitest';
import { BlockStream, type Block } from './blocks.ts';

// DOMPurify does not work in the DOM of these tests, so what is shown here holds before that gate; the gate itself
// is shown in a real browser, in e2e.
vi.mock('./sanitize.ts', () => ({ sanitize: (html: string) => html }));

const SAMPLE = `# Title

Some *text* with \`code\`, a [link](https://a.example/x) and $x^2$, for $5 and $6.

- one
- two

  with a paragraph

  \`\`\`js
  let inside = 1;
  \`\`\`

1. first
2. second

| a | b |
|---|--:|
| 1 | 2 |

\`\`\`rust
fn main() {}
\`\`\`

$$
R = \\frac{S}{1-\\rho}
$$

> quoted
> lines

中文段落，**加粗**。[ref] and \\(a+b\\).

[ref]: https://ref.example/

***

last`;

const all = (text: string) => new BlockStream().update(text, true);
const html = (text: string) => all(text).map((block) => (block.kind === 'html' ? block.html : block.text)).join('\n');
const parsed = (text: string) => {
  const node = document.createElement('div');
  node.innerHTML = html(text);
  return node;
};

describe('a growing answer', () => {
  it.each([1, 3, 7, 31, 200])('ends the same when it comes in pieces of %d characters', (size) => {
    const stream = new BlockStream();
    for (let end = size; end < SAMPLE.length; end += size) stream.update(SAMPLE.slice(0, end), false);
    expect(stream.update(SAMPLE, true)).toEqual(all(SAMPLE));
  });

  it('leaves finished blocks the same objects', () => {
    const stream = new BlockStream();
    const before: Block[] = stream.update('# One\n\nTwo\n\nThree\n\nFour\n\nFi', false);
    const after = stream.update('# One\n\nTwo\n\nThree\n\nFour\n\nFive and more', false);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[4]).not.toBe(before[4]);
  });

  it('closes for the look of it what is still open', () => {
    const [block] = new BlockStream().update('This is **bold', false);
    expect(block?.kind === 'html' && block.html).toContain('<strong>bold</strong>');
  });

  it('says that the last block of code is open', () => {
    const stream = new BlockStream();
    expect(stream.update('```py\nx = 1', false)[0]).toMatchObject({ kind: 'code', language: 'py', text: 'x = 1', isOpen: true });
    expect(stream.update('```py\nx = 1\n```', true)[0]).toMatchObject({ isOpen: false });
  });
});

describe('formulas', () => {
  it('are told from money', () => {
    const node = parsed('It costs $5 or $6, and $a_1$ is \\(b\\).');
    expect([...node.querySelectorAll('[data-math]')].map((it) => it.textContent)).toEqual(['a_1', 'b']);
  });

  it('may be blocks', () => {
    expect(parsed('$$\nx\n$$').querySelector('div[data-math=block]')?.textContent).toBe('x');
    expect(parsed('\\[ y \\]').querySelector('[data-math=block]')?.textContent).toBe('y');
  });
});

describe('what could do harm', () => {
  it.each([
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '<svg onload=alert(1)><a href="javascript:alert(1)">x</a></svg>',
    '<iframe src="https://evil.example"></iframe>',
    '<style>body{display:none}</style>',
    'text <b onclick="alert(1)">bold</b>',
  ])('is shown as it was written: %s', (source) => {
    const node = parsed(source);
    expect(node.querySelector('script, img, svg, iframe, style, b')).toBeNull();
    expect(node.textContent).toContain(source.replace(/^text /, ''));
  });

  it('has no address that runs', () => {
    for (const address of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example/x']) {
      const link = parsed(`[x](${address})`).querySelector('a');
      expect(link?.getAttribute('href') ?? '').not.toMatch(/^(javascript|data|vbscript|\/\/)/i);
    }
  });

  it('loads no picture of another host', () => {
    const node = parsed('![secret](https://evil.example/p.png?q=secret)');
    expect(node.querySelector('img')).toBeNull();
    expect(node.querySelector<HTMLElement>('[data-far]')?.dataset['far']).toBe('https://evil.example/p.png?q=secret');
  });

  it('cannot leave a block of code', () => {
    const [block] = all('```html\n</code></pre><script>alert(1)</script>\n```');
    expect(block).toMatchObject({ kind: 'code', text: '</code></pre><script>alert(1)</script>' });
    expect(parsed('- x\n\n  ```html\n  </code><script>alert(1)</script>\n  ```').querySelector('script')).toBeNull();
  });

  it('opens links elsewhere without saying where from', () => {
    const link = parsed('[x](https://a.example)').querySelector('a');
    expect(link?.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(link?.getAttribute('target')).toBe('_blank');
  });
});

describe('structure', () => {
  it('keeps tables as regions that scroll, with their alignment', () => {
    const node = parsed('| a | b |\n|---|--:|\n| 1 | 2 |');
    expect(node.querySelector('.table-region')?.getAttribute('tabindex')).toBe('0');
    expect(node.querySelectorAll('td')[1]?.getAttribute('align')).toBe('right');
  });

  it('keeps where a list starts', () => {
    expect(parsed('3. three\n4. four').querySelector('ol')?.getAttribute('start')).toBe('3');
  });

  it('marks citations', () => {
    expect(parsed('Rain. [1](https://news.example/a)').querySelector('a.cite')?.textContent).toBe('1');
  });
});
