// What a person says in a turn, as the API takes it and as it is shown.
import type { InputItem, InputPart } from '../lib/api/chat-types.ts';

export type Attached = { id: string; name: string; isImage: boolean };

export function inputOf(text: string, files: Attached[]): InputItem[] {
  const content: InputPart[] = files.map((file) =>
    file.isImage ? { type: 'input_image', file_id: file.id, detail: 'auto' } : { type: 'input_file', file_id: file.id },
  );
  if (text !== '' || content.length === 0) content.push({ type: 'input_text', text });
  return [{ type: 'message', role: 'user', content }];
}

export function questionText(input: InputItem[]): string {
  return input.flatMap(partsOf).map((part) => ('text' in part ? part.text : '')).filter(Boolean).join('\n');
}

/** Files that came with a turn; their names are known only for those of this visit. */
export function filesOf(input: InputItem[]): { id: string; isImage: boolean }[] {
  return input.flatMap(partsOf).flatMap((part) =>
    (part.type === 'input_image' || part.type === 'input_file') && part.file_id
      ? [{ id: part.file_id, isImage: part.type === 'input_image' }]
      : [],
  );
}

function partsOf(item: InputItem): InputPart[] {
  if (typeof item.content === 'string') return [{ type: 'input_text', text: item.content }];
  return item.content ?? [];
}
