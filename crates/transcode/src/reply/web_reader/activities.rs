//! The tools a turn used: what was asked of them, what they answered.
//!
//! Calls and answers are messages of their own; they are brought together here, by the id of
//! the call where the answer names it, else by the tool's name. Protocol: tool names.

use crate::turn_event::{Activity, ActivityStatus, Step, TurnEvent};

/// More steps than any turn has.
const MAX_STEPS: usize = 1024;

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Activities {
    entries: Vec<Entry>,
    /// Entries that changed since they were handed out, in order.
    changed: Vec<usize>,
}

#[derive(Debug)]
struct Entry {
    activity: Activity,
    tool: String,
    /// What the tool answered, by the id of the message that says it.
    answers: Vec<(String, String)>,
}

/// A tool's answer to a call.
#[derive(Debug)]
pub(super) struct ToolAnswer<'a> {
    /// The message that answers.
    pub(super) id: &'a str,
    /// The message it answers, where stated.
    pub(super) call_id: &'a str,
    /// The tool.
    pub(super) tool: &'a str,
    /// What it says, where that means something to people.
    pub(super) text: &'a str,
    /// Whether it failed.
    pub(super) has_failed: bool,
    /// What is known of the step only now.
    pub(super) news: News,
}

/// What an answer says about its step.
#[derive(Debug, Default)]
pub(super) enum News {
    /// Nothing.
    #[default]
    None,
    /// It drew a picture, perhaps of this.
    Drew(Option<String>),
    /// It will draw a picture later.
    WillDraw,
    /// It made or changed this document.
    Document {
        /// Its id.
        id: Option<String>,
        /// Its title.
        title: Option<String>,
        /// Its kind.
        kind: Option<String>,
    },
}

impl Activities {
    /// The model asked something of a tool.
    pub(super) fn asked(&mut self, id: &str, tool: &str, step: Step) {
        if self.entries.iter().any(|entry| entry.activity.id == id) {
            return;
        }
        self.begin(id, tool, step, ActivityStatus::InProgress);
    }

    /// A search that was made without a call anybody sees.
    pub(super) fn searched(&mut self, id: &str, queries: Vec<String>) {
        let step = Step::Search { queries };
        if self.entries.iter().all(|entry| entry.activity.step != step) {
            self.begin(id, "", step, ActivityStatus::Completed);
        }
    }

    /// A tool answered.
    pub(super) fn answered(&mut self, answer: &ToolAnswer<'_>) {
        let Some(index) = self.entry_for(answer) else {
            return;
        };
        let entry = &mut self.entries[index];
        let before = entry.activity.clone();
        entry.take(answer);
        if entry.activity != before && !self.changed.contains(&index) {
            self.changed.push(index);
        }
    }

    /// The turn is over, and so is what nobody answered.
    pub(super) fn finish(&mut self) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.activity.status == ActivityStatus::InProgress {
                entry.activity.status = ActivityStatus::Completed;
                self.changed.push(index);
            }
        }
    }

    /// Adds what is new to `out`.
    pub(super) fn hand_out(&mut self, out: &mut Vec<TurnEvent>) {
        for index in self.changed.drain(..) {
            let activity = Box::new(self.entries[index].activity.clone());
            out.push(TurnEvent::Activity(activity));
        }
    }

    fn begin(&mut self, id: &str, tool: &str, step: Step, status: ActivityStatus) -> Option<usize> {
        let index = self.entries.len();
        if index >= MAX_STEPS {
            return None;
        }
        self.entries.push(Entry {
            activity: Activity {
                id: id.to_owned(),
                step,
                status,
            },
            tool: tool.to_owned(),
            answers: Vec::new(),
        });
        self.changed.push(index);
        Some(index)
    }

    /// The call that is answered; an answer nobody asked for is a step when it tells something.
    fn entry_for(&mut self, answer: &ToolAnswer<'_>) -> Option<usize> {
        let with_id = |entry: &Entry| entry.activity.id == answer.call_id;
        let of_tool = |entry: &Entry| entry.tool == answer.tool;
        let of_family = |entry: &Entry| family(&entry.tool) == family(answer.tool);
        let entries = || self.entries.iter();
        let known = entries().rposition(with_id);
        let known = known.or_else(|| entries().rposition(of_tool));
        let known = known.or_else(|| entries().rposition(of_family));
        if known.is_some() {
            return known;
        }
        let step = match &answer.news {
            News::Drew(_) | News::WillDraw => Step::ImageGeneration { prompt: None },
            News::None if !answer.text.is_empty() && !is_search(answer.tool) => Step::Tool {
                name: answer.tool.to_owned(),
                input: String::new(),
                output: None,
            },
            News::None | News::Document { .. } => return None,
        };
        self.begin(answer.id, answer.tool, step, ActivityStatus::InProgress)
    }
}

impl Entry {
    fn take(&mut self, answer: &ToolAnswer<'_>) {
        match self.answers.iter_mut().find(|(id, _)| id == answer.id) {
            Some((_, text)) => answer.text.clone_into(text),
            None => self
                .answers
                .push((answer.id.to_owned(), answer.text.to_owned())),
        }
        let texts = self.answers.iter().map(|(_, text)| text.as_str());
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        let said = (!texts.is_empty()).then(|| texts.join("\n\n"));
        if let News::Drew(_) | News::WillDraw = answer.news
            && !matches!(self.activity.step, Step::ImageGeneration { .. })
        {
            // The image tool's name is a secret that changes; its pictures give it away.
            self.activity.step = Step::ImageGeneration { prompt: None };
        }
        match (&mut self.activity.step, &answer.news) {
            (Step::Code { output, .. } | Step::Tool { output, .. }, _) => *output = said,
            (Step::ImageGeneration { prompt }, News::Drew(drawn)) => {
                *prompt = prompt.take().or_else(|| drawn.clone());
            }
            (
                Step::Canvas {
                    document_id,
                    title,
                    kind,
                    ..
                },
                News::Document {
                    id,
                    title: new_title,
                    kind: new_kind,
                },
            ) => {
                document_id.clone_from(id);
                *title = title.take().or_else(|| new_title.clone());
                *kind = kind.take().or_else(|| new_kind.clone());
            }
            _ => {}
        }
        self.activity.status = match answer.news {
            _ if answer.has_failed => ActivityStatus::Failed,
            // A promise that is read again after it was kept.
            News::WillDraw if self.activity.status == ActivityStatus::Completed => return,
            News::WillDraw => ActivityStatus::InProgress,
            _ => ActivityStatus::Completed,
        };
    }
}

/// Whether a tool searches or reads the web.
pub(super) fn is_search(tool: &str) -> bool {
    matches!(family(tool), "web" | "browser")
}

/// What a tool belongs to: `web` of `web.run`.
fn family(tool: &str) -> &str {
    tool.split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Activities, News, ToolAnswer};
    use crate::turn_event::{Activity, ActivityStatus, Step, TurnEvent};

    fn answer<'a>(id: &'a str, call_id: &'a str, text: &'a str) -> ToolAnswer<'a> {
        ToolAnswer {
            id,
            call_id,
            tool: "f.x",
            text,
            has_failed: false,
            news: News::None,
        }
    }

    fn call(activities: &mut Activities, id: &str) {
        let step = Step::Tool {
            name: "f.x".into(),
            input: "{}".into(),
            output: None,
        };
        activities.asked(id, "f.x", step);
    }

    fn told(activities: &mut Activities) -> Vec<Activity> {
        let mut events = Vec::new();
        activities.hand_out(&mut events);
        let steps = events.into_iter().map(|event| match event {
            TurnEvent::Activity(activity) => *activity,
            other => panic!("{other:?}"),
        });
        steps.collect()
    }

    #[test]
    fn an_answer_belongs_to_the_call_it_names_or_to_the_latest_of_its_tool() {
        let mut activities = Activities::default();
        call(&mut activities, "1");
        call(&mut activities, "2");
        activities.answered(&answer("a", "1", "one"));
        activities.answered(&answer("b", "a", "two"));
        activities.answered(&answer("c", "a", "three"));
        let outputs: Vec<Option<String>> = told(&mut activities)
            .into_iter()
            .map(|activity| match activity.step {
                Step::Tool { output, .. } => output,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(outputs, [Some("one".into()), Some("two\n\nthree".into())]);
        activities.answered(&answer("c", "a", "three"));
        assert_eq!(told(&mut activities), [], "nothing new");
    }

    #[test]
    fn a_tool_that_draws_is_the_image_tool_whatever_its_name() {
        let mut activities = Activities::default();
        call(&mut activities, "1");
        let drew = ToolAnswer {
            news: News::Drew(Some("a cat".into())),
            ..answer("a", "1", "")
        };
        activities.answered(&drew);
        let steps = told(&mut activities);
        let prompt = Some("a cat".into());
        assert_eq!(steps[0].step, Step::ImageGeneration { prompt });
        assert_eq!(steps[0].status, ActivityStatus::Completed);
    }

    #[test]
    fn what_nobody_answered_is_over_when_the_turn_is() {
        let mut activities = Activities::default();
        call(&mut activities, "1");
        assert_eq!(told(&mut activities)[0].status, ActivityStatus::InProgress);
        activities.finish();
        assert_eq!(told(&mut activities)[0].status, ActivityStatus::Completed);
    }
}
