//! The words of the pages that the program writes itself, in English and in Chinese.

use http::{HeaderMap, header};

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) lang: &'static str,
    pub(crate) other_lang: &'static str,
    pub(crate) other_name: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_title: &'static str,
    pub(crate) sign_in_lead: &'static str,
    pub(crate) sign_in_note: &'static str,
    pub(crate) code: &'static str,
    pub(crate) show: &'static str,
    pub(crate) hide: &'static str,
    pub(crate) admin: &'static str,
    pub(crate) wrong_code: &'static str,
    pub(crate) stale_form: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_title: &'static str,
    pub(crate) sign_out_lead: &'static str,
    pub(crate) stay: &'static str,
    pub(crate) link_title: &'static str,
    pub(crate) link_lead: &'static str,
    pub(crate) other_code: &'static str,
    pub(crate) home: &'static str,
    pub(crate) again: &'static str,
    pub(crate) lost_title: &'static str,
    pub(crate) lost_lead: &'static str,
    pub(crate) unbuilt_title: &'static str,
    pub(crate) unbuilt_lead: &'static str,
    wait: (&'static str, &'static str),
    failed: (&'static str, &'static str),
}

const ENGLISH: Words = Words {
    lang: "en",
    other_lang: "zh",
    other_name: "中文",
    sign_in: "Sign in",
    sign_in_title: "Sign in to FlowGPT",
    sign_in_lead: "Enter the access code your administrator gave you, or your own account token.",
    sign_in_note: "The token is sent once, to sign in. It is not kept in the browser.",
    code: "Access code or token",
    show: "Show",
    hide: "Hide",
    admin: "Administrator sign-in",
    wrong_code: "That code does not work here. Check it, or ask whoever gave it to you.",
    stale_form: "This page was open for too long, or cookies are blocked. Try again.",
    sign_out: "Sign out",
    sign_out_title: "Sign out?",
    sign_out_lead: "To sign in on this device again you will need your access code.",
    stay: "Stay signed in",
    link_title: "Sign in with this link?",
    link_lead: "It signs this browser in with the code that ends in",
    other_code: "Use another code",
    home: "Home",
    again: "Try again",
    lost_title: "Page not found",
    lost_lead: "There is nothing at this address, or it is not yours to see.",
    unbuilt_title: "The web chat was not built",
    unbuilt_lead: "The API works. To have the web chat as well, install Node 20.19 or newer \
                   and build FlowGPT again.",
    wait: ("Too many tries. Wait ", " s."),
    failed: (
        "Signing in did not work. Nothing is lost; try again later. (",
        ")",
    ),
};

const CHINESE: Words = Words {
    lang: "zh",
    other_lang: "en",
    other_name: "English",
    sign_in: "登录",
    sign_in_title: "登录 FlowGPT",
    sign_in_lead: "请输入管理员给你的访问码，或你自己的账号令牌。",
    sign_in_note: "令牌只在登录时发送一次，不会保存在浏览器里。",
    code: "访问码或令牌",
    show: "显示",
    hide: "隐藏",
    admin: "管理员登录",
    wrong_code: "这个访问码在这里无效。请检查，或询问给你访问码的人。",
    stale_form: "页面打开太久，或浏览器禁用了 Cookie。请再试一次。",
    sign_out: "退出登录",
    sign_out_title: "要退出登录吗？",
    sign_out_lead: "再次登录此设备需要重新输入访问码。",
    stay: "保持登录",
    link_title: "用这个链接登录吗？",
    link_lead: "此浏览器将用以下结尾的访问码登录：",
    other_code: "使用其他访问码",
    home: "首页",
    again: "再试一次",
    lost_title: "页面不存在",
    lost_lead: "这个地址没有内容，或你无权查看。",
    unbuilt_title: "网页聊天尚未构建",
    unbuilt_lead: "API 可以正常使用。要使用网页聊天，请安装 Node 20.19 或更高版本，再重新构建 FlowGPT。",
    wait: ("尝试次数过多。请等待 ", " 秒。"),
    failed: ("登录没有成功，没有丢失任何内容。请稍后再试。（", "）"),
};

impl Words {
    /// The words a person wants: those asked for, or those the browser prefers.
    pub(crate) fn wanted(asked: Option<&str>, headers: &HeaderMap) -> &'static Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let mut names = asked.into_iter().chain(accepted.split(','));
        names
            .find_map(|name| match name.trim().get(..2)? {
                "zh" => Some(&CHINESE),
                "en" => Some(&ENGLISH),
                _ => None,
            })
            .unwrap_or(&ENGLISH)
    }

    /// So many seconds are to be waited.
    pub(crate) fn wait(&self, seconds: i64) -> String {
        format!("{}{seconds}{}", self.wait.0, self.wait.1)
    }

    /// Something else went wrong, named by a word for whoever runs the gateway.
    pub(crate) fn failed(&self, code: &str) -> String {
        format!("{}{code}{}", self.failed.0, self.failed.1)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};

    use super::Words;

    #[test]
    fn the_language_is_the_one_asked_for_or_the_browsers_first() {
        for (asked, accepted, lang) in [
            (None, "", "en"),
            (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
            (None, "en-GB,zh;q=0.9", "en"),
            (None, "fr-FR, zh;q=0.5", "zh"),
            (Some("en"), "zh-CN", "en"),
            (Some("zh"), "en", "zh"),
            (Some("fr"), "zh", "zh"),
            (Some("é"), "", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            let words = Words::wanted(asked, &headers);
            assert_eq!(words.lang, lang, "{asked:?} {accepted}");
        }
    }
}
