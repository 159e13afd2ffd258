// Ways through a chat with versions of its questions and answers.
import { describe, expect, it } from 'vitest';
import { answersOf, leafBelow, pathTo, questionsOf, type TreeNode } from './tree.ts';

const node = (key: string, parent: string | null, question: string): TreeNode => ({ key, parent, question });
const first = node('1', null, 'hello');
const again = node('2', null, 'hello');
const edited = node('3', null, 'good day');
const below = node('4', '1', 'and then');
const deeper = node('5', '4', 'more');
const all = [first, again, edited, below, deeper];
const keys = (nodes: TreeNode[]) => nodes.map((it) => it.key);

describe('a tree of turns', () => {
  it('has a way from its beginning to each leaf', () => {
    expect(keys(pathTo(all, '5'))).toEqual(['1', '4', '5']);
    expect(keys(pathTo(all, '3'))).toEqual(['3']);
    expect(pathTo(all, null)).toEqual([]);
  });

  it('tells an edited question from the same one asked again', () => {
    expect(keys(questionsOf(all, again))).toEqual(['1', '3']);
    expect(keys(answersOf(all, first))).toEqual(['1', '2']);
    expect(keys(answersOf(all, edited))).toEqual(['3']);
  });

  it('goes on where it was last gone on', () => {
    expect(leafBelow(all, '1')).toBe('5');
    expect(leafBelow([...all, node('6', '1', 'otherwise')], '1')).toBe('6');
  });

  it('has no way through a turn that is gone, and none without an end', () => {
    expect(keys(pathTo([below, deeper], '5'))).toEqual(['4', '5']);
    expect(keys(pathTo([node('a', 'b', ''), node('b', 'a', '')], 'a'))).toEqual(['b', 'a']);
  });
});
