// Tables are copied so that other programs read them.
import { describe, expect, it } from 'vitest';
import { copiedBy } from './copying.ts';

function box(rows: string, markdown = ''): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = `<div class="table-copy"><table>${rows}</table><button data-table="csv"></button><button data-table="markdown"></button></div>`;
  node.querySelector<HTMLElement>('.table-copy')!.dataset['markdown'] = markdown;
  return node;
}

const copied = (node: HTMLElement, kind: string) => copiedBy(node.querySelector(`[data-table=${kind}]`)!);

describe('a table', () => {
  it('is CSV with quotes where they are needed', () => {
    const node = box('<tr><th>a</th><th>b, c</th></tr><tr><td>say "x"</td><td>two\nlines</td></tr>');
    expect(copied(node, 'csv')).toBe('a,"b, c"\r\n"say ""x""","two\nlines"');
  });

  it('holds formulas as they were written', () => {
    expect(copied(box('<tr><td>is <span class="math" data-tex="x^2"><i>x</i>x2</span></td></tr>'), 'csv')).toBe('is x^2');
  });

  it('is the Markdown that it was', () => {
    expect(copied(box('<tr><td>1</td></tr>', '| **a** |'), 'markdown')).toBe('| **a** |');
  });
});

describe('a block of code', () => {
  it('is copied as its text', () => {
    const node = document.createElement('div');
    node.innerHTML = '<div class="code"><button data-copy="1"></button><pre><code>a <b>b</b></code></pre></div>';
    expect(copiedBy(node.querySelector('button')!)).toBe('a b');
    expect(copiedBy(node)).toBeUndefined();
  });
});
