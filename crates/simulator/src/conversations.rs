//! The conversations a simulator remembers. Finds them by id and forgets the oldest when there
//! are too many.

use std::collections::{HashMap, VecDeque};

use crate::tree::Tree;

/// How a list of conversations is ordered; either way the newest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// By when they were begun.
    Created,
    /// By when they were last added to.
    Updated,
}

/// The remembered conversations.
pub(crate) struct Conversations {
    trees: HashMap<String, Tree>,
    by_age: VecDeque<String>,
    most: usize,
}

impl Conversations {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            trees: HashMap::new(),
            by_age: VecDeque::new(),
            most,
        }
    }

    /// Any account's conversation.
    pub(crate) fn get(&self, id: &str) -> Option<&Tree> {
        self.trees.get(id)
    }

    /// A conversation of one account, unless that has deleted it.
    pub(crate) fn of_account(&self, id: &str, account_id: &str) -> Option<&Tree> {
        self.get(id).filter(|tree| is_seen_by(tree, account_id))
    }

    /// A conversation of one account, to be changed, unless that has deleted it.
    pub(crate) fn of_account_mut(&mut self, id: &str, account_id: &str) -> Option<&mut Tree> {
        self.get_mut(id).filter(|tree| is_seen_by(tree, account_id))
    }

    /// The conversations of one account that may be listed, newest first.
    pub(crate) fn listed(&self, account_id: &str, order: Order) -> Vec<&Tree> {
        let mut trees: Vec<&Tree> = self
            .by_age
            .iter()
            .rev()
            .filter_map(|id| self.of_account(id, account_id))
            .filter(|tree| !tree.details.is_temporary)
            .collect();
        let time = |tree: &Tree| match order {
            Order::Created => tree.create_time(),
            Order::Updated => tree.update_time(),
        };
        // Stable, so that of those with the same time the one that was begun later comes first.
        trees.sort_by(|left, right| time(right).total_cmp(&time(left)));
        trees
    }

    /// The conversations of one account, in no particular order.
    pub(crate) fn of_account_id(&self, account_id: &str) -> impl Iterator<Item = &Tree> {
        let trees = self.trees.values();
        trees.filter(move |tree| is_seen_by(tree, account_id))
    }

    /// An account's conversations with a GPT or in a project, newest first.
    pub(crate) fn of_gizmo(&self, account_id: &str, gizmo_id: &str) -> Vec<&Tree> {
        let mut trees = self.listed(account_id, Order::Updated);
        trees.retain(|tree| tree.details.gizmo_id.as_deref() == Some(gizmo_id));
        trees
    }

    /// Whether a conversation of one account shows or names a file.
    pub(crate) fn shows_file(&self, account_id: &str, file_id: &str) -> bool {
        let mut trees = self.trees.values();
        trees.any(|tree| is_seen_by(tree, account_id) && tree.shows_file(file_id))
    }

    /// The ids of all conversations of one account, oldest first.
    pub(crate) fn ids_of_account(&self, account_id: &str) -> Vec<String> {
        let ids = self.by_age.iter();
        ids.filter(|id| self.of_account(id, account_id).is_some())
            .cloned()
            .collect()
    }

    /// Any account's conversation, to be added to.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Tree> {
        self.trees.get_mut(id)
    }

    /// Remembers a new conversation.
    pub(crate) fn insert(&mut self, tree: Tree) {
        self.by_age.push_back(tree.id.clone());
        self.trees.insert(tree.id.clone(), tree);
        while self.trees.len() > self.most {
            match self.by_age.pop_front() {
                Some(oldest) => self.trees.remove(&oldest),
                None => break,
            };
        }
    }
}

fn is_seen_by(tree: &Tree, account_id: &str) -> bool {
    tree.account_id == account_id && tree.details.is_visible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut conversations = Conversations::new(2);
        for id in ["a", "b", "c"] {
            conversations.insert(Tree::new(id, "account", "root", String::new(), 0.0));
        }
        assert!(conversations.get("a").is_none());
        assert!(conversations.get("b").is_some() && conversations.get("c").is_some());
    }

    #[test]
    fn accounts_see_their_own() {
        let mut conversations = Conversations::new(2);
        conversations.insert(Tree::new("a", "account", "root", String::new(), 0.0));
        assert!(conversations.of_account("a", "account").is_some());
        assert!(conversations.of_account("a", "other").is_none());
    }
}
