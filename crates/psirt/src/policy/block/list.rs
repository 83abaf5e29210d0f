//! `list`: the announce list and its commands.
//!
//! Never holds subscribers.

use super::{Head, scope_of};
use crate::policy::{
    block::publish::Vehicle,
    fact::When,
    fields::Fields,
    phrase::{self, Words},
    word::{Word, joined},
};

/// An announce list: nobody but the vendor posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// From where it is sent.
    pub address: Option<String>,
    /// A mail to this address asks to subscribe.
    pub subscribe: Option<String>,
    /// A mail to this address ends a subscription.
    pub unsubscribe: Option<String>,
    /// Whether a subscription must be confirmed.
    pub double_opt_in: bool,
    /// What is sent to it.
    pub sends: Vec<Vehicle>,
    /// Which vulnerabilities it tells of.
    pub when: When,
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "address",
    "subscribe",
    "unsubscribe",
    "double_opt_in",
    "sends",
    "when",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<List> {
    for key in ["address", "subscribe", "unsubscribe"] {
        if fields.text(key).is_some_and(|address| !is_address(&address)) {
            let at = fields.value_at(key);
            fields.error(
                at,
                "bad-address",
                format!("`{key}` is not a mail address: write one such as `announce@example.com`"),
            );
        }
    }
    if !KEYS.iter().any(|key| *key != "id" && fields.has(key)) {
        fields.error(
            fields.at,
            "empty",
            "this list has nothing: add `address`, `subscribe` or `sends`",
        );
    }
    Some(List {
        id: head.id,
        clause: head.clause,
        line: head.line,
        address: fields.text("address"),
        subscribe: fields.text("subscribe"),
        unsubscribe: fields.text("unsubscribe"),
        double_opt_in: fields.flag("double_opt_in"),
        sends: fields.words("sends"),
        when: fields.when("when")?,
    })
}

/// Whether a text can be a mail address: one `@` between a name and a domain, nothing that a header could misread.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
    };
    text.len() <= 254
        && text.split_once('@').is_some_and(|(name, domain)| {
            plain(name) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
        })
}

impl List {
    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let mut parts = Vec::new();
        if let Some(address) = &self.address {
            parts.push(format!("the announce list is {address}"));
        }
        if let Some(subscribe) = &self.subscribe {
            let confirmed = if self.double_opt_in { ", and confirms" } else { "" };
            parts.push(format!("who wants to subscribe writes to {subscribe}{confirmed}"));
        }
        if let Some(unsubscribe) = &self.unsubscribe {
            parts.push(format!("who wants to leave writes to {unsubscribe}"));
        }
        if !self.sends.is_empty() {
            let sends: Vec<&str> = self.sends.iter().map(|vehicle| vehicle.word()).collect();
            parts.push(format!(
                "{}it gets each {}",
                scope_of(&self.when, words),
                joined(&sends, "and")
            ));
        }
        if parts.is_empty() {
            parts.push("there is an announce list".to_owned());
        }
        phrase::sentence(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_have_one_at_sign_and_no_tricks() {
        for good in ["a@b.example", "list-subscribe+x@example.com"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "a@.b", "a@b."] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
