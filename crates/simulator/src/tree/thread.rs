//! A conversation as one thread of messages, without the branches: what a share shows, and what
//! is read page by page.

use serde_json::{Value, json};

use super::Tree;

impl Tree {
    /// The nodes from the root down to one, each with the next as its only child. There are none
    /// if that node is not there.
    pub(crate) fn thread_to(&self, id: &str) -> Vec<Value> {
        let mut thread = Vec::new();
        let mut below: Option<&str> = None;
        let mut at = Some(id);
        while let Some((id, node)) = at.and_then(|id| self.nodes.get_key_value(id)) {
            thread.push(json!({
                "id": id,
                "message": node.message,
                "parent": node.parent,
                "children": below.into_iter().collect::<Vec<_>>(),
            }));
            below = Some(id);
            at = node.parent.as_deref();
        }
        thread.reverse();
        thread
    }

    /// The messages of the thread that is shown, oldest first.
    pub(crate) fn thread_messages(&self) -> Vec<&Value> {
        let mut messages = Vec::new();
        let mut at = self.nodes.get(&self.current);
        while let Some(node) = at {
            messages.push(&node.message);
            at = node.parent.as_ref().and_then(|id| self.nodes.get(id));
        }
        messages.retain(|message| !message.is_null());
        messages.reverse();
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_leaves_other_branches_out() {
        let message = |id: &str| json!({"id": id, "author": {"role": "user"}});
        let mut tree = Tree::new("C", "a", "root", "T".to_owned(), 1.0);
        tree.attach("root", vec![message("u"), message("a")], 1.0);
        tree.attach("u", vec![message("b")], 2.0);
        let ids = |thread: &[Value]| -> Vec<Value> {
            thread.iter().map(|node| node["id"].clone()).collect()
        };
        let thread = tree.thread_to("a");
        assert_eq!(ids(&thread), ["root", "u", "a"]);
        assert_eq!(thread[1]["children"], json!(["a"]));
        assert!(tree.thread_to("nowhere").is_empty());
        let shown: Vec<Value> = tree.thread_messages().into_iter().cloned().collect();
        assert_eq!(ids(&shown), ["u", "b"]);
    }
}
