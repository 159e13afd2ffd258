// A chat is a tree of turns: a question with its answer each. Another question, or the same one asked again, is a
// sibling. One way through the tree is shown.
export type TreeNode = { key: string; parent: string | null; question: string };

/** From the first turn to the leaf. */
export function pathTo<N extends TreeNode>(nodes: N[], leaf: string | null): N[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const path: N[] = [];
  for (let key = leaf; key !== null; ) {
    const node = byKey.get(key);
    if (!node || path.includes(node)) break;
    path.unshift(node);
    key = node.parent;
  }
  return path;
}

/** The versions of a turn's question: the first turn of each, in the order they were asked. */
export function questionsOf<N extends TreeNode>(nodes: N[], node: N): N[] {
  const seen = new Set<string>();
  return siblings(nodes, node).filter((it) => !seen.has(it.question) && seen.add(it.question));
}

/** The answers to the same question. */
export function answersOf<N extends TreeNode>(nodes: N[], node: N): N[] {
  return siblings(nodes, node).filter((it) => it.question === node.question);
}

/** The end of the way that was last gone on from a turn. */
export function leafBelow<N extends TreeNode>(nodes: N[], key: string): string {
  let leaf = key;
  for (;;) {
    const next = nodes.findLast((node) => node.parent === leaf);
    if (!next) return leaf;
    leaf = next.key;
  }
}

function siblings<N extends TreeNode>(nodes: N[], node: N): N[] {
  return nodes.filter((it) => it.parent === node.parent);
}
