//! The events of a response: that it began, each item from its beginning to its end, and how it
//! ended.

pub(crate) mod message;
mod steps;

use serde_json::{Value, json};

use super::answer::{Answer, Ending, Output};
use super::item::{self, Making};
use super::object::Object;
use super::stream::{Dialect, Event, Stream};
use super::usage::Usage;
use crate::account::Account;

/// A response that has been made, and nobody has seen yet.
pub(crate) struct Told {
    pub(crate) object: Object,
    /// The items, each with the output it is.
    pub(crate) items: Vec<(Output, Value)>,
    pub(crate) ending: Ending,
    pub(crate) usage: Usage,
}

impl Told {
    /// The response that an answer is.
    pub(crate) fn new(
        object: Object,
        answer: Answer,
        account: &Account,
        sealed: bool,
        input_tokens: usize,
    ) -> Self {
        let usage = Usage::of(input_tokens, &answer);
        let making = Making {
            response: object.id(),
            account,
            sealed,
            ending: answer.ending,
        };
        let last = answer.outputs.len().saturating_sub(1);
        let outputs = answer.outputs.into_iter().enumerate();
        let items = outputs.map(|(index, output)| {
            let done = making.done(index, &output, index == last);
            (output, done)
        });
        let items = items.collect();
        Self {
            items,
            ending: answer.ending,
            usage,
            object,
        }
    }

    /// All its output.
    pub(crate) fn output(&self) -> Vec<Value> {
        self.items.iter().map(|(_, item)| item.clone()).collect()
    }

    /// What it is in the end, with that output.
    pub(crate) fn ended(&self, output: &[Value]) -> Value {
        let (object, usage) = (&self.object, self.usage);
        match self.ending {
            Ending::Completed => object.ended("completed", output, usage),
            Ending::AtLimit => object.incomplete("max_output_tokens", output, usage),
            Ending::Filtered => object.incomplete("content_filter", output, usage),
        }
    }

    /// Its events; the last holds the output only if it is to.
    pub(crate) fn stream(&self, tells_output: bool) -> Stream {
        let begun = json!({"response": self.object.begun()});
        let mut events = vec![
            Event::of("response.created", begun.clone()),
            Event::of("response.in_progress", begun),
        ];
        for (index, (output, done)) in self.items.iter().enumerate() {
            let begun = json!({"output_index": index, "item": item::begun(done)});
            events.push(Event::of("response.output_item.added", begun));
            inside(output, done, index, &mut events);
            let done = json!({"output_index": index, "item": done});
            events.push(Event::of("response.output_item.done", done));
        }
        let output = if tells_output {
            self.output()
        } else {
            Vec::new()
        };
        let name = match self.ending {
            Ending::Completed => "response.completed",
            Ending::AtLimit | Ending::Filtered => "response.incomplete",
        };
        events.push(Event::of(name, json!({"response": self.ended(&output)})));
        Stream::new(events, 2, Dialect::Responses(Box::new(self.object.clone())))
    }
}

/// The events between an item's beginning and its end.
fn inside(output: &Output, done: &Value, index: usize, events: &mut Vec<Event>) {
    let place = Place {
        item: done["id"].as_str().unwrap_or_default(),
        index,
    };
    match output {
        Output::Text(text, _) => message::text(&place, text, &done["content"][0], events),
        Output::Refusal(text) => message::refusal(&place, text, events),
        Output::Reasoning(parts) => steps::reasoning(&place, parts, events),
        Output::Call {
            name, arguments, ..
        } => steps::call(&place, name, arguments, events),
        Output::Custom { input, .. } => steps::custom(&place, input, events),
        Output::Search(_) => steps::search(&place, events),
        Output::Picture(_, drawing) => steps::picture(&place, done, drawing.previews, events),
        Output::Code { program, .. } => steps::code(&place, program, events),
        Output::LocalShell(_) => {}
    }
}

/// Which item an event is about.
pub(crate) struct Place<'a> {
    item: &'a str,
    index: usize,
}

impl Place<'_> {
    /// An event about the item, with what else it says.
    fn event(&self, name: &'static str, mut data: Value) -> Event {
        data["item_id"] = json!(self.item);
        data["output_index"] = json!(self.index);
        Event::of(name, data)
    }
}
