// A chat that is saved says what was shown.
import { describe, expect, it } from 'vitest';
import type { OpenedChat } from '../lib/api/chat-types.ts';
import { jsonOf, markdownOf, plainText } from './export.ts';

const message = (text: string) => ({ type: 'message', id: `m${text}`, content: [{ type: 'output_text', text, annotations: [] }] });
const response = (id: string, previous: string | null, ...output: object[]) => ({ id, previous_response_id: previous, status: 'completed', model: 'm', output });
const user = (text: string) => [{ type: 'message' as const, role: 'user' as const, content: [{ type: 'input_text' as const, text }] }];
const labels = { you: 'You', assistant: 'Assistant', thoughts: 'Thoughts', attached: 'Attached' };

const opened: OpenedChat = {
  chat: { id: 'c', title: 'Greetings', model: 'm', created_at: 0, updated_at: 0, is_pinned: false, is_archived: false, leaf: 'r3', running: null },
  turns: [
    { response: response('r1', null, message('Hello.')), input: user('Hi') },
    { response: response('r2', 'r1', message('Wrong way')), input: user('Left') },
    {
      response: response('r3', 'r1', { type: 'code_interpreter_call', id: 'x', code: 'print("```")', outputs: [{ type: 'logs', logs: '```' }] }, message('**Done**')),
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_file', file_id: 'f1' }, { type: 'input_text', text: 'Right' }] }],
    },
  ],
};

describe('an exported chat', () => {
  it('follows the way that is shown, with code and the names of files', () => {
    const text = markdownOf(opened, labels, () => 'notes.txt');
    expect(text).toBe(
      '# Greetings\n\n## You\n\nHi\n\n## Assistant\n\nHello.\n\n## You\n\n- Attached: notes.txt\n\nRight\n\n## Assistant\n\n' +
        '````python\nprint("```")\n````\n\n````text\n```\n````\n\n**Done**\n',
    );
  });

  it('holds every version as JSON', () => {
    const read = JSON.parse(jsonOf(opened)) as OpenedChat & { format: string };
    expect(read.format).toBe('flowgpt.chat.v1');
    expect(read.turns).toEqual(opened.turns);
  });

  it('is text without marks when it is copied as text', () => {
    expect(plainText('# T\n\nSome **bold** and [link](https://x.example).\n\n- one')).toBe('T\n\nSome bold and link.\n\none');
  });
});
