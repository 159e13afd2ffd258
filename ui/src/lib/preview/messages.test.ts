// A frame can say three things, and nothing else is heard.
import { describe, expect, it } from 'vitest';
import { fromFrame, previewOf } from './messages.ts';

describe('what a frame says', () => {
  it('is taken as far as it is understood', () => {
    expect(fromFrame({ state: 'ready', more: 1 })).toEqual({ state: 'ready' });
    expect(fromFrame({ state: 'drawn', height: 200.4 })).toEqual({ state: 'drawn', height: 201 });
  });

  it('makes no frame endless', () => {
    expect(fromFrame({ state: 'drawn', height: 1e9 })).toEqual({ state: 'drawn', height: 1200 });
    expect(fromFrame({ state: 'drawn', height: -5 })).toEqual({ state: 'drawn', height: 60 });
  });

  it.each([null, 'ready', { state: 'other' }, { state: 'drawn' }, { state: 'drawn', height: '9' }, { state: 'drawn', height: NaN }])(
    'is nothing otherwise: %j',
    (data) => expect(fromFrame(data)).toBeUndefined(),
  );
});

describe('a block of code', () => {
  it('can be shown where its language is drawn', () => {
    expect(previewOf('mermaid', '')).toBe('diagram');
    expect(previewOf('HTML', '')).toBe('html');
    expect(previewOf('xml', '<svg xmlns="x"></svg>')).toBe('svg');
    expect(previewOf('xml', '<note/>')).toBeUndefined();
    expect(previewOf('js', '<svg>')).toBeUndefined();
  });
});
