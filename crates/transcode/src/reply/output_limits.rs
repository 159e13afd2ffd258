//! `stop` and `max_tokens`, kept on the way to the caller because upstream has neither.
//!
//! Called by `api` between the driver and the reply.

use std::collections::VecDeque;

use openai::chat_completion::FinishReason;

use super::stop_sequences::StopSequences;
use super::token_budget::TokenBudget;
use crate::turn::OutputLimits;
use crate::turn_event::{Citation, TurnEvent};

/// Keeps the limits of one answer.
#[derive(Debug)]
pub struct LimitKeeper {
    limits: OutputLimits,
    stops: StopSequences,
    budget: Option<TokenBudget>,
    /// For what is no text.
    beside: Option<TokenBudget>,
    reached: bool,
    /// How many characters were passed on.
    passed: usize,
    /// Sources of text that was not passed on yet.
    citations: VecDeque<Citation>,
}

impl LimitKeeper {
    /// Keeps `limits`.
    pub fn new(limits: OutputLimits) -> Self {
        Self {
            stops: StopSequences::new(limits.stop.clone()),
            budget: limits.max_tokens.map(TokenBudget::new),
            beside: limits.max_beside.map(TokenBudget::new),
            limits,
            reached: false,
            passed: 0,
            citations: VecDeque::new(),
        }
    }

    /// Whether there is anything to keep.
    pub fn is_needed(limits: &OutputLimits) -> bool {
        limits.max_tokens.is_some() || limits.max_beside.is_some() || !limits.stop.is_empty()
    }

    /// Whether the answer is over because of a limit: upstream need not go on.
    pub fn is_reached(&self) -> bool {
        self.reached
    }

    /// Replaces `events` by what the limits leave of them.
    pub fn apply(&mut self, events: &mut Vec<TurnEvent>) {
        let mut incoming = std::mem::take(events).into_iter().peekable();
        while let Some(event) = incoming.next() {
            if self.reached {
                return;
            }
            if let TurnEvent::Rewritten(_) = event {
                // The limits count anew over the text that replaces the old one.
                let beside = self.beside.take();
                *self = Self::new(std::mem::take(&mut self.limits));
                self.beside = beside;
            }
            // The sources of a text come right after it, and its end may be the cut.
            while let Some(TurnEvent::Citation(citation)) =
                incoming.next_if(|next| matches!(next, TurnEvent::Citation(_)))
            {
                self.citations.push_back(citation);
            }
            match event {
                TurnEvent::Text(text) => self.text(&text, events),
                TurnEvent::Rewritten(text) => self.rewritten(&text, events),
                TurnEvent::Citation(citation) => {
                    self.citations.push_front(citation);
                    self.cite(events);
                }
                TurnEvent::Finish(reason) => self.finish(reason, events),
                TurnEvent::Reasoning(ref piece) | TurnEvent::ToolInput { ref piece, .. } => {
                    let is_over = self.beside.as_mut().is_some_and(|it| it.push(piece).1);
                    events.push(event);
                    if is_over {
                        self.finish(FinishReason::Length, events);
                    }
                }
                other => events.push(other),
            }
        }
    }

    fn rewritten(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        let mut cut = Vec::new();
        self.text(text, &mut cut);
        let mut kept = String::new();
        cut.retain(|event| match event {
            TurnEvent::Text(text) => {
                kept.push_str(text);
                false
            }
            _ => true,
        });
        out.push(TurnEvent::Rewritten(kept));
        out.append(&mut cut);
    }

    fn text(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        let (text, stop) = self.stops.push(text);
        self.spend(&text, out);
        if let Some(stop) = stop {
            self.finish(FinishReason::Stop, out);
            name_stop(stop, out);
        }
    }

    fn spend(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        let (text, over) = match &mut self.budget {
            Some(budget) => budget.push(text),
            None => (text.to_owned(), false),
        };
        self.emit(text, over, out);
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Vec<TurnEvent>) {
        if self.reached {
            return;
        }
        let held = self.stops.rest();
        self.spend(&held, out);
        if !self.reached
            && let Some(budget) = &mut self.budget
        {
            let (text, over) = budget.rest();
            self.emit(text, over, out);
        }
        if !self.reached {
            self.reached = true;
            out.push(TurnEvent::Finish(reason));
        }
    }

    fn emit(&mut self, text: String, over: bool, out: &mut Vec<TurnEvent>) {
        if !text.is_empty() {
            self.passed += text.chars().count();
            out.push(TurnEvent::Text(text));
            self.cite(out);
        }
        if over {
            self.reached = true;
            out.push(TurnEvent::Finish(FinishReason::Length));
        }
    }

    /// Passes on the sources whose links were passed on whole; a link that is cut has none.
    fn cite(&mut self, out: &mut Vec<TurnEvent>) {
        while let Some(citation) = self.citations.pop_front_if(|it| it.end <= self.passed) {
            out.push(TurnEvent::Citation(citation));
        }
    }
}

/// Says what ended the answer, if it was not the token limit after all.
fn name_stop(stop: String, out: &mut Vec<TurnEvent>) {
    if let Some(TurnEvent::Finish(FinishReason::Stop)) = out.last() {
        out.insert(out.len() - 1, TurnEvent::StopSequence(stop));
    }
}

#[cfg(test)]
mod tests {
    use openai::chat_completion::FinishReason;
    use proptest::prelude::*;

    use super::LimitKeeper;
    use crate::turn::OutputLimits;
    use crate::turn_event::{Citation, TurnEvent};

    fn kept(limits: &OutputLimits, pieces: &[&str]) -> (String, Option<FinishReason>) {
        let mut keeper = LimitKeeper::new(limits.clone());
        let mut events: Vec<TurnEvent> = pieces
            .iter()
            .map(|piece| TurnEvent::Text((*piece).into()))
            .collect();
        events.push(TurnEvent::Finish(FinishReason::Stop));
        let (mut text, mut finish) = (String::new(), None);
        for event in events {
            let mut batch = vec![event];
            keeper.apply(&mut batch);
            for event in batch {
                match event {
                    TurnEvent::Text(more) => text.push_str(&more),
                    TurnEvent::Finish(reason) => {
                        assert_eq!(finish.replace(reason), None, "two ends");
                    }
                    TurnEvent::StopSequence(stop) => {
                        assert!(limits.stop.contains(&stop), "{stop}");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        (text, finish)
    }

    #[test]
    fn thoughts_and_calls_end_an_answer_whose_budget_they_use_up() {
        let mut keeper = LimitKeeper::new(OutputLimits {
            max_beside: Some(10),
            ..OutputLimits::default()
        });
        let mut events = vec![TurnEvent::Text("a text of any length ".repeat(20))];
        for _ in 0..20 {
            events.push(TurnEvent::Reasoning("three more words".into()));
            events.push(TurnEvent::ToolInput {
                index: 0,
                piece: "\"and more\"".into(),
            });
        }
        keeper.apply(&mut events);
        assert!(keeper.is_reached());
        assert_eq!(
            events.last(),
            Some(&TurnEvent::Finish(FinishReason::Length))
        );
        assert!(events.len() < 10, "{}", events.len());
    }

    fn stop(stops: &[&str]) -> OutputLimits {
        OutputLimits {
            stop: stops.iter().map(|stop| (*stop).into()).collect(),
            ..OutputLimits::default()
        }
    }

    #[test]
    fn a_stop_sequence_cut_over_pieces_is_found_and_not_shown() {
        let limits = stop(&["END", "你好"]);
        assert_eq!(
            kept(&limits, &["a E", "N", "D b"]),
            ("a ".into(), Some(FinishReason::Stop))
        );
        assert_eq!(
            kept(&limits, &["a EN", "x 你", "的"]),
            ("a ENx 你的".into(), Some(FinishReason::Stop))
        );
        assert_eq!(
            kept(&limits, &["x你", "好END"]),
            ("x".into(), Some(FinishReason::Stop))
        );
    }

    #[test]
    fn text_held_back_for_a_sequence_that_never_comes_is_shown_at_the_end() {
        assert_eq!(
            kept(&stop(&["END"]), &["a E"]),
            ("a E".into(), Some(FinishReason::Stop))
        );
    }

    #[test]
    fn the_token_limit_ends_the_answer_with_length_and_an_exact_fit_does_not() {
        let limits = |max_tokens| OutputLimits {
            max_tokens: Some(max_tokens),
            stop: Vec::new(),
            ..OutputLimits::default()
        };
        let pieces = ["one two", " three", " four"];
        assert_eq!(
            kept(&limits(3), &pieces),
            ("one two three".into(), Some(FinishReason::Length))
        );
        assert_eq!(
            kept(&limits(4), &pieces),
            ("one two three four".into(), Some(FinishReason::Stop))
        );
    }

    #[test]
    fn a_source_is_told_with_its_whole_link_and_one_beyond_the_cut_never() {
        let citation = |start, end| {
            TurnEvent::Citation(Citation {
                start,
                end,
                url: "u".into(),
                title: String::new(),
            })
        };
        let text = |text: &str| TurnEvent::Text(text.into());
        let mut keeper = LimitKeeper::new(stop(&["](u) X", "END"]));
        let mut events = vec![
            text("好 [1](u)"),
            citation(2, 8),
            text(" and [2](u) END [3](u)"),
            citation(13, 19),
            citation(24, 30),
        ];
        keeper.apply(&mut events);
        // The first link ends in what may be a stop sequence, so it is held for a while.
        assert_eq!(
            events,
            [
                text("好 [1"),
                text("](u) and [2](u) "),
                citation(2, 8),
                citation(13, 19),
                TurnEvent::StopSequence("END".into()),
                TurnEvent::Finish(FinishReason::Stop),
            ]
        );
    }

    #[test]
    fn a_rewritten_answer_is_cut_anew() {
        let mut keeper = LimitKeeper::new(stop(&["X"]));
        let mut events = vec![
            TurnEvent::Text("abc".into()),
            TurnEvent::Rewritten("defXghi".into()),
            TurnEvent::Text("more".into()),
        ];
        keeper.apply(&mut events);
        assert_eq!(
            events,
            [
                TurnEvent::Text("abc".into()),
                TurnEvent::Rewritten("def".into()),
                TurnEvent::StopSequence("X".into()),
                TurnEvent::Finish(FinishReason::Stop),
            ]
        );
    }

    proptest! {
        #[test]
        fn the_first_stop_sequence_to_be_complete_cuts_however_the_text_arrives(
            text in "[ab你]{0,20}",
            stops in prop::collection::vec("[ab你]{1,3}", 1..3),
            sizes in prop::collection::vec(1usize..4, 30),
        ) {
            let mut pieces = Vec::new();
            let mut rest = text.as_str();
            for size in sizes {
                let (piece, later) = rest.split_at(rest.floor_char_boundary(size));
                pieces.push(piece);
                rest = later;
            }
            pieces.push(rest);
            // The sequence that is complete first, as if the text were generated.
            let met = stops.iter().filter_map(|stop| {
                text.find(stop.as_str()).map(|at| (at + stop.len(), at))
            });
            let at = met.min().map(|(_, at)| at);
            let limits = OutputLimits { stop: stops, ..OutputLimits::default() };
            let (kept, _) = kept(&limits, &pieces);
            prop_assert_eq!(kept.as_str(), &text[..at.unwrap_or(text.len())]);
        }
    }
}
