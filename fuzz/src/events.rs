//! Bytes as operations: each chooses an event of a small vocabulary of real ones, or a piece of
//! text, so that whole conversations come out of few bytes.
//!
//! Called by the targets.

/// Bytes that begin with this are operations; others are a stream as they are.
pub const OPERATIONS: u8 = 0xff;

const ENVELOPE_END: &str = r#","conversation_id":"C","error":null,"error_code":null}"#;

/// What a message may be: author, content, and the rest.
const MESSAGES: [(&str, &str, &str); 14] = [
    (
        r#""role":"assistant""#,
        r#""content_type":"text","parts":[""]"#,
        r#""recipient":"all","channel":"final""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"text","parts":["Hi"]"#,
        r#""recipient":"all","channel":null"#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"text","parts":["x"]"#,
        r#""recipient":"all","channel":"analysis""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"multimodal_text","parts":["a",{"content_type":"image_asset_pointer","asset_pointer":"sediment://file_1","size_bytes":1,"width":1,"height":1,"metadata":{"dalle":{"prompt":"p"}}}]"#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"code","language":"unknown","text":"print(1)""#,
        r#""recipient":"python""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"code","text":"{\"search_query\":[{\"q\":\"tea\"}]}""#,
        r#""recipient":"web.run""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"code","text":"{\"name\":\"N\",\"type\":\"document\",\"content\":\"c\"}""#,
        r#""recipient":"canmore.create_textdoc""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"thoughts","thoughts":[{"summary":"S","content":"c"}]"#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"assistant""#,
        r#""content_type":"reasoning_recap","content":"Thought for 7s""#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"tool","name":"python""#,
        r#""content_type":"execution_output","text":"1""#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"tool","name":"a8km123""#,
        r#""content_type":"text","parts":["**Thinking**"]"#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"tool","name":"web.run""#,
        r#""content_type":"text","parts":[""]"#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"tool","name":"t2uay3k.sj1i4kz""#,
        r#""content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"sediment://file_2","width":1,"height":1}]"#,
        r#""recipient":"all""#,
    ),
    (
        r#""role":"user""#,
        r#""content_type":"text","parts":["q"]"#,
        r#""recipient":"all""#,
    ),
];

const IDS: [&str; 4] = ["A1", "A2", "A3", "00000000-0000-4000-8000-00000000000a"];

const STATUSES: [&str; 4] = [
    r#""status":"in_progress","end_turn":null"#,
    r#""status":"finished_successfully","end_turn":true"#,
    r#""status":"finished_successfully","end_turn":false"#,
    r#""status":"finished_partial_completion","end_turn":null"#,
];

const METADATA: [&str; 6] = [
    "{}",
    r#"{"finish_details":{"type":"max_tokens"},"is_complete":true,"model_slug":"m"}"#,
    r#"{"is_visually_hidden_from_conversation":true}"#,
    r#"{"content_references":[{"matched_text":"cite","start_idx":0,"end_idx":4,"type":"grouped_webpages","alt":"([A](https://a.b))","items":[{"title":"A","url":"https://a.b"}]}]}"#,
    r#"{"aggregate_result":{"status":"success","code":"print(1)","messages":[{"message_type":"image","image_url":"file-service://file-1"}]}}"#,
    r#"{"citations":[{"start_ix":0,"end_ix":2,"citation_format_type":"tether_og","metadata":{"type":"webpage","url":"https://a.b","title":"A"}}]}"#,
];

const PATHS: [&str; 12] = [
    "/message/content/parts/0",
    "/message/content/text",
    "/message/content/thoughts/0/content",
    "/message/content/thoughts",
    "/message/content/parts",
    "/message/status",
    "/message/metadata",
    "/message/metadata/content_references/0/matched_text",
    "/message/metadata/content_references",
    "/message/recipient",
    "/message/channel",
    "",
];

const OPS: [&str; 6] = ["append", "replace", "add", "remove", "truncate", "patch"];

const VALUES: [&str; 22] = [
    r#""Hello ""#,
    r#""\ue200cite\ue202turn0search0\ue201""#,
    r#""\ue200""#,
    r#""\ue201""#,
    r#""turn0search0\ue202""#,
    r#""【1†source】""#,
    r#""[a](sandbox:/mnt/data/a.csv)""#,
    r#""![a](sandbox:/mnt/da""#,
    r#""``""#,
    r#""`\n""#,
    r#""~~~\n    x\n""#,
    r#""é字👩‍💻""#,
    r#""\ud83d\ude00""#,
    r#""""#,
    r#""finished_successfully""#,
    "true",
    "null",
    "0",
    "[]",
    r#"[{"summary":"T","content":"more","finished":true}]"#,
    r#"{"is_complete":true,"finish_details":{"type":"stop"}}"#,
    r#"[{"matched_text":"Hi","start_idx":0,"end_idx":2,"type":"webpage","alt":null,"refs":[]}]"#,
];

const TYPED: [&str; 14] = [
    r#"{"type":"message_stream_complete","conversation_id":"C"}"#,
    r#"{"type":"stream_handoff","conversation_id":"C","options":[]}"#,
    r#"{"type":"error","error":"no"}"#,
    r#"{"type":"moderation","message_id":"A1","moderation_response":{"flagged":true,"blocked":true}}"#,
    r#"{"type":"moderation","message_id":"A1","moderation_response":{"flagged":true,"blocked":false}}"#,
    r#"{"type":"title_generation","title":"T","conversation_id":"C"}"#,
    r#"{"type":"message_marker","message_id":"A1","marker":"last_token","event":"last"}"#,
    r#"{"type":"conversation_detail_metadata","limits_progress":[{"feature_name":"image_gen","remaining":0,"reset_after":"2026-06-06T01:48:37.055919+00:00"}],"blocked_features":[],"model_limits":[]}"#,
    r#"{"type":"resume_conversation_token","kind":"topic","token":"t","conversation_id":"C"}"#,
    r#"{"type":"brand_new","conversation_id":"C"}"#,
    r#"{"message":null,"conversation_id":"C","error":"gone"}"#,
    "[DONE]",
    r#"{"type":"#,
    "2023-04-01 12:00:00.000000",
];

/// The stream that `bytes` say.
pub fn stream(bytes: &[u8]) -> Vec<u8> {
    let mut choices = Choices(bytes.iter());
    let mut out = String::new();
    while let Some(operation) = choices.next() {
        let (name, data) = match operation % 10 {
            0 | 1 => ("delta", choices.begin(true)),
            2 => ("", choices.begin(false)),
            3 | 4 => ("delta", choices.change()),
            5 => ("delta", format!(r#"{{"v":{}}}"#, choices.of(&VALUES))),
            6 => (
                "delta",
                format!(r#"{{"v":[{},{}]}}"#, choices.change(), choices.change()),
            ),
            7 => ("delta", choices.patch()),
            8 => ("", choices.of(&TYPED).to_owned()),
            _ => ("delta_encoding", r#""v1""#.to_owned()),
        };
        if !name.is_empty() {
            out.push_str(&format!("event: {name}\n"));
        }
        out.push_str(&format!("data: {data}\n\n"));
    }
    out.into_bytes()
}

/// The stored conversation that `bytes` say: nodes with messages, each hung somewhere.
pub fn document(bytes: &[u8]) -> String {
    const NODES: [&str; 6] = ["root", "n1", "n2", "n3", "n4", "nowhere"];
    let mut choices = Choices(bytes.iter());
    let current = choices.of(&NODES);
    let mut nodes = String::new();
    while let Some(operation) = choices.next() {
        let message = match operation % 4 {
            0 => "null".to_owned(),
            _ => choices.message(),
        };
        let (id, parent, child) = (choices.of(&NODES), choices.of(&NODES), choices.of(&NODES));
        let parent = match parent {
            "root" if operation % 2 == 0 => "null".to_owned(),
            parent => format!("\"{parent}\""),
        };
        nodes.push_str(&format!(
            r#""{id}":{{"id":"{id}","message":{message},"parent":{parent},"children":["{child}"]}},"#
        ));
    }
    let nodes = nodes.trim_end_matches(',');
    format!(
        r#"{{"title":"T","mapping":{{{nodes}}},"current_node":"{current}","conversation_id":"C"}}"#
    )
}

/// Bytes that choose.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn next(&mut self) -> Option<usize> {
        self.0.next().map(|byte| usize::from(*byte))
    }

    fn of(&mut self, list: &[&'static str]) -> &'static str {
        list[self.next().unwrap_or_default() % list.len()]
    }

    fn message(&mut self) -> String {
        let (author, content, rest) = MESSAGES[self.next().unwrap_or_default() % MESSAGES.len()];
        let (id, status, metadata) = (self.of(&IDS), self.of(&STATUSES), self.of(&METADATA));
        format!(
            r#"{{"id":"{id}","author":{{{author}}},"content":{{{content}}},{status},"metadata":{metadata},{rest}}}"#
        )
    }

    /// A new message, as a delta or as a snapshot.
    fn begin(&mut self, is_delta: bool) -> String {
        let envelope = format!(r#"{{"message":{}{ENVELOPE_END}"#, self.message());
        if !is_delta {
            return envelope;
        }
        let channel = self.next().unwrap_or_default() % 8;
        format!(r#"{{"p":"","o":"add","v":{envelope},"c":{channel}}}"#)
    }

    fn change(&mut self) -> String {
        let (path, operation, value) = (self.of(&PATHS), self.of(&OPS), self.of(&VALUES));
        format!(r#"{{"p":"{path}","o":"{operation}","v":{value}}}"#)
    }

    fn patch(&mut self) -> String {
        let (one, other) = (self.change(), self.change());
        format!(r#"{{"p":"","o":"patch","v":[{one},{other}]}}"#)
    }
}
