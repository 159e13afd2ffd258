//! Scripts that take their text from the prompt: an ordinary reply, and an exact echo.

use crate::ids;
use crate::pieces;
use crate::prompt;
use crate::story::{Finish, Story};

/// A reply that says it is simulated and quotes the prompt.
pub(super) fn plain(story: &mut Story<'_>) {
    let mut text = reply_to(story.prompt());
    if let Some(gizmo) = &story.facts().gizmo {
        let name = &gizmo.name;
        text = story.pick("{} answers. ", "{} 回答：").replace("{}", name) + &text;
    }
    story.answer(&pieces::words(&text), None, Finish::Stop);
}

/// The text after the phrase, exactly.
pub(super) fn echo(story: &mut Story<'_>) {
    let text = prompt::to_repeat(story.prompt());
    story.answer(&pieces::words(text), None, Finish::Stop);
}

/// The reply to a prompt; the same prompt has the same reply.
pub(crate) fn reply_to(prompt: &str) -> String {
    let chinese = prompt::is_chinese(prompt);
    let quote = quoted(prompt);
    let bodies = if chinese { &CHINESE } else { &ENGLISH };
    let count = u64::try_from(bodies.len()).unwrap_or(1);
    let choice = usize::try_from(ids::number(prompt) % count).unwrap_or_default();
    let body = bodies[choice];
    if chinese {
        format!("*（模拟回复——没有使用任何账号。）*\n\n你写道：\n\n> {quote}\n\n{body}")
    } else {
        format!("*(Simulated reply — no account was used.)*\n\nYou wrote:\n\n> {quote}\n\n{body}")
    }
}

/// The beginning of a prompt on one line.
fn quoted(prompt: &str) -> String {
    const LONGEST: usize = 160;
    let line = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

const ENGLISH: [&str; 3] = [
    "A real model would answer this now. What you see instead is the simulator: it streams a \
     prepared text word by word, the way the real service does, so that you can look at the \
     whole path without an account.\n\n\
     - The words arrive one after the other.\n\
     - The conversation is kept, and you can go on with it.\n\
     - Send `simulate:help` to see everything else it can do.",
    "This text was written beforehand and is the same every time you ask the same thing. It \
     travels through the gateway exactly as a real answer would, which makes it good for trying \
     out a client, a proxy or a slow connection.\n\n\
     Some things to send next:\n\n\
     1. `simulate:markdown` for a page with a table, code and formulas\n\
     2. `simulate:reasoning` for an answer that thinks first\n\
     3. `simulate:help` for the full list",
    "Nothing was sent to any service: the answer comes from the simulator on this machine. If \
     you can read it, then your client, the gateway and the stream between them all work.\n\n\
     Add an account and the same request gets a real answer. Until then, `simulate:help` lists \
     what can be tried, including the ways in which things go wrong.",
];

const CHINESE: [&str; 3] = [
    "真正的模型现在就会开始回答。你看到的是模拟器：它像真实服务那样，把一段准备好的文字一点一点地\
     传过来，这样不用账号也能看清整个过程。\n\n\
     - 文字会逐段到达。\n\
     - 对话会被保存，可以接着聊。\n\
     - 发送 `simulate:help` 可以查看它的全部功能。",
    "这段文字是事先写好的，同样的问题每次都会得到同样的回答。它经过网关的方式与真实回答完全一样，\
     因此很适合用来试用客户端、代理或较慢的网络。\n\n\
     接下来可以试试：\n\n\
     1. `simulate:markdown`：带有表格、代码和公式的页面\n\
     2. `simulate:reasoning`：先思考再回答\n\
     3. `simulate:help`：完整的列表",
    "没有任何内容被发送到外部服务，回答来自本机的模拟器。如果你能读到这里，说明客户端、网关以及\
     它们之间的数据流都工作正常。\n\n\
     添加账号之后，同样的请求就会得到真实的回答。在那之前，`simulate:help` 列出了可以尝试的内容，\
     也包括各种出错的情形。",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_follow_the_language_of_the_prompt() {
        assert!(reply_to("hello").starts_with("*(Simulated reply — no account was used.)*"));
        assert!(reply_to("你好").starts_with("*（模拟回复"));
    }

    #[test]
    fn every_reply_says_it_is_simulated_and_stays_the_same() {
        for index in 0..20 {
            let prompt = format!("question {index}");
            assert!(reply_to(&prompt).contains("imulat"));
            assert_eq!(reply_to(&prompt), reply_to(&prompt));
        }
    }

    #[test]
    fn long_prompts_are_shortened_between_characters() {
        let reply = reply_to(&"长".repeat(500));
        assert!(reply.contains(&format!("> {}…\n", "长".repeat(160))));
    }
}
