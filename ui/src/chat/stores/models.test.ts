// The models in the menu are those that answer, each once, the newest first.
import { describe, expect, it } from 'vitest';
import { arranged, gptsOf } from './models.svelte.ts';

const listed = (...ids: string[]) => ids.map((id) => ({ id, drivers: ['web'], capabilities: [] }));
const ids = (models: { id: string }[]) => models.map(({ id }) => id);

describe('the models', () => {
  it('are sorted with auto first, and each is there once', () => {
    expect(ids(arranged(listed('o3', 'gpt-5-2', 'gpt-5.2', 'gpt-5.5', 'auto')))).toEqual(['auto', 'gpt-5.5', 'gpt-5.2', 'o3']);
  });

  it('leave out what answers no message', () => {
    const others = ['tts-1', 'whisper-1', 'text-embedding-3-large', 'omni-moderation-latest', 'gpt-4o-mini-tts', 'gpt-4o-audio-preview', 'gpt-image-1', 'dall-e-3'];
    expect(ids(arranged(listed('gpt-4o', ...others)))).toEqual(['gpt-4o']);
  });

  it('have GPTs apart, and no projects', () => {
    const all = listed('auto', 'gizmo-g-one', 'gizmo-g-p-two');
    expect(ids(arranged(all))).toEqual(['auto']);
    expect(ids(gptsOf(all))).toEqual(['gizmo-g-one']);
  });
});
