//! The conversations a simulator remembers. Finds them by id and forgets the oldest when there
//! are too many.

use std::collections::{HashMap, VecDeque};

use crate::tree::Tree;

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

    /// A conversation of one account.
    pub(crate) fn of_account(&self, id: &str, account_id: &str) -> Option<&Tree> {
        self.get(id).filter(|tree| tree.account_id == account_id)
    }

    /// A conversation of one account, to be looked at in a way that counts.
    pub(crate) fn of_account_mut(&mut self, id: &str, account_id: &str) -> Option<&mut Tree> {
        self.get_mut(id)
            .filter(|tree| tree.account_id == account_id)
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
