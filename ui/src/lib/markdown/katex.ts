// Draws formulas. Loaded with the first of them.
import katex from 'katex';
import 'katex/dist/katex.min.css';

const drawn = new Map<string, string>();
const MOST = 500;

/** HTML of a formula; a mistake in it is shown as it was written. Links and files in formulas are refused. */
export function draw(tex: string, isBlock: boolean): string {
  const name = `${isBlock} ${tex}`;
  const known = drawn.get(name);
  if (known !== undefined) return known;
  const html = katex.renderToString(tex, {
    displayMode: isBlock,
    throwOnError: false,
    trust: false,
    strict: 'ignore',
    maxExpand: 500,
    maxSize: 40,
    output: 'htmlAndMathml',
  });
  if (drawn.size >= MOST) drawn.clear();
  drawn.set(name, html);
  return html;
}
