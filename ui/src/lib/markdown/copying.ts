// What a button inside an answer copies: the code beside it, or its table as CSV or as it was written.
export function copiedBy(target: Element): string | undefined {
  const code = target.closest('[data-copy]')?.closest('.code')?.querySelector('code');
  if (code) return code.textContent ?? '';
  const kind = target.closest<HTMLElement>('[data-table]')?.dataset['table'];
  const box = kind && target.closest<HTMLElement>('.table-copy');
  const table = box && box.querySelector('table');
  if (!table) return undefined;
  return kind === 'csv' ? csvOf(table) : (box.dataset['markdown'] ?? '');
}

export function csvOf(table: HTMLTableElement): string {
  return [...table.rows].map((row) => [...row.cells].map((cell) => quoted(textOf(cell))).join(',')).join('\r\n');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A drawn formula stands twice in the page; its source is meant. */
function textOf(cell: HTMLElement): string {
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const formula of copy.querySelectorAll<HTMLElement>('[data-tex]')) formula.replaceWith(formula.dataset['tex'] ?? '');
  return (copy.textContent ?? '').trim();
}
