// What is done to the HTML of a block once it is in the page: formulas are drawn, code inside lists is coloured,
// pictures of other hosts get their button.
import { mount, unmount } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import FarPicture from './FarPicture.svelte';

const LONGEST = 40_000;

/** For `{@attach}`; runs again with each new HTML. */
export function enhanced(_html: string): Attachment<HTMLElement> {
  return (node) => {
    const formulas = node.querySelectorAll<HTMLElement>('.math[data-math]');
    if (formulas.length > 0) void drawAll(formulas);
    const codes = node.querySelectorAll<HTMLElement>('code[data-lang]');
    if (codes.length > 0) void colourAll(codes);
    const far = [...node.querySelectorAll<HTMLElement>('[data-far]')].map((target) =>
      mount(FarPicture, { target, props: { url: target.dataset['far'] ?? '', name: target.dataset['name'] ?? '' } }),
    );
    return () => far.forEach((it) => void unmount(it));
  };
}

async function drawAll(formulas: NodeListOf<HTMLElement>): Promise<void> {
  const { draw } = await import('./katex.ts');
  for (const formula of formulas) {
    const tex = formula.textContent ?? '';
    const isBlock = formula.dataset['math'] === 'block';
    formula.innerHTML = draw(tex, isBlock);
    delete formula.dataset['math'];
    formula.dataset['tex'] = tex;
    if (isBlock) {
      formula.tabIndex = 0;
      formula.setAttribute('role', 'group');
      formula.setAttribute('aria-label', tex);
    }
  }
}

async function colourAll(codes: NodeListOf<HTMLElement>): Promise<void> {
  const { highlight } = await import('./highlighter.ts');
  for (const code of codes) {
    const text = code.textContent ?? '';
    const html = text.length > LONGEST ? undefined : highlight(text, code.dataset['lang'] ?? '');
    if (html !== undefined) code.innerHTML = html;
  }
}
