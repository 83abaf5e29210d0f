//! Mail that is no report by its words: what sells something, or asks for a reward and reports nothing.
//!
//! Owns the words. Never decides against a report: whatever names a weakness, a way to reproduce one, or a product passes, and what is held
//! is numbered and one act of a person away from being a case (D20).

use crate::house::mail::Suspicion;

/// A letter that is longer says more than that it wants something.
const MAX_HELD_BYTES: usize = 4_000;

/// A word that is no longer than this begins many other ones.
const MAX_SHORT_BYTES: usize = 3;

/// Each of these shows that something is reported.
const EVIDENCE: &[&str] = &[
    "cve-",
    "cwe-",
    "cvss",
    "overflow",
    "injection",
    "xss",
    "cross-site",
    "csrf",
    "ssrf",
    "xxe",
    "rce",
    "code execution",
    "privilege",
    "traversal",
    "deserial",
    "bypass",
    "backdoor",
    "hardcoded",
    "hard-coded",
    "default password",
    "memory",
    "crash",
    "denial of service",
    "use after free",
    "out of bounds",
    "poc",
    "proof of concept",
    "proof-of-concept",
    "exploit",
    "payload",
    "reproduce",
    "steps to",
    "firmware",
    "fuzz",
    "stack trace",
    "segfault",
    "attack",
    "credential",
    "leak",
    "/etc/passwd",
    "curl ",
    "http request",
];
/// Talk about reports, which shows that somebody means to report.
const TALK: &[&str] = &["advisory", "disclos", "embargo"];
/// A reward is asked for.
const REWARD: &[&str] = &[
    "bounty",
    "reward",
    "hall of fame",
    "swag",
    "monetary",
    "compensation",
    "do you pay",
    "appreciation letter",
];
/// Something is sold. Two of them are a letter that sells.
const SALES: &[&str] = &[
    "unsubscribe",
    "special offer",
    "our services",
    "free trial",
    "schedule a call",
    "book a call",
    "book a demo",
    "quick call",
    "backlink",
    "guest post",
    "seo ",
    "search engine optimi",
    "lead generation",
    "email list",
    "mailing list of",
    "price list",
    "pricing",
    "discount",
    "limited time",
    "increase your",
    "grow your business",
    "outsourc",
    "attendees list",
    "sales team",
];

/// Why a letter should be looked at by a person before it is a case; `products` are the names that the house sells. Files, encryption and
/// signatures are evidence too, which the caller knows of.
#[must_use]
pub fn suspicion<'a>(title: &str, text: &str, products: impl IntoIterator<Item = &'a str>) -> Option<Suspicion> {
    if text.len() > MAX_HELD_BYTES {
        return None;
    }
    let said = format!("{title}\n{text}").to_lowercase();
    let says = |words: &[&str]| words.iter().filter(|word| said.contains(**word)).count();
    let names = |product: &str| product.len() > 2 && said.contains(&product.to_lowercase());
    if says(EVIDENCE) + says(TALK) > 0 || products.into_iter().any(names) {
        return None;
    }
    if says(SALES) > 1 {
        return Some(Suspicion::Sales);
    }
    (says(REWARD) > 0).then_some(Suspicion::BountyBegging)
}

/// Whether a letter names a weakness, a way to reproduce one, or one of `products`. What machines write is full of words in which such a word hides,
/// and of talk about advisories: neither counts.
#[must_use]
pub fn reports<'a>(title: &str, text: &str, products: impl IntoIterator<Item = &'a str>) -> bool {
    let said = format!("{title}\n{text}").to_lowercase();
    let names = |product: &str| product.len() > 2 && stands_in(&said, &product.to_lowercase(), true);
    EVIDENCE
        .iter()
        .any(|word| stands_in(&said, word, word.len() <= MAX_SHORT_BYTES))
        || products.into_iter().any(names)
}

/// Whether a word begins a word of a text, or is one.
fn stands_in(said: &str, word: &str, is_whole: bool) -> bool {
    let is_free = |next: Option<char>| !next.is_some_and(char::is_alphanumeric);
    said.match_indices(word).any(|(at, _)| {
        let before = said.get(..at).unwrap_or_default().chars().next_back();
        let after = said.get(at + word.len()..).unwrap_or_default().chars().next();
        is_free(before) && (!is_whole || is_free(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_suspicion(text: &str, expect: Option<Suspicion>) {
        assert_eq!(suspicion("Hello", text, ["Guardian"]), expect, "{text}");
    }

    #[test]
    fn what_names_a_product_or_a_weakness_reports_something() {
        let check = |text: &str, expect: bool| assert_eq!(reports("Hello", text, ["Guardian"]), expect, "{text}");
        for text in [
            "An RCE.",
            "I found a buffer overflow",
            "The Guardian's page",
            "deserialization",
            "PoC: see below",
            "it leaks",
            "CVE-2026-1",
        ] {
            check(text, true);
        }
        for text in [
            "I am away. Ask human resources, or look into my pocket calendar.",
            "Our vulnerability disclosure policy, and our advisory",
            "The guardians of the galaxy",
            "",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn only_a_letter_that_reports_nothing_is_held() {
        check_suspicion(
            "Dear team, I am an ethical hacker. Do you have a bug bounty program? I found a bug. Waiting for my reward.",
            Some(Suspicion::BountyBegging),
        );
        check_suspicion(
            "We grow your business with our services. Book a demo.",
            Some(Suspicion::Sales),
        );
        for report in [
            "I hope for a bounty. The parser has a heap overflow.",
            "Is there a reward? Steps to reproduce are below.",
            "Your Guardian shows the wrong page. Do you pay bounties?",
            "Our services say that the login page leaks names; book a demo with me.",
            "Something is wrong with your web site.",
            "I would like to unsubscribe.",
            "",
        ] {
            check_suspicion(report, None);
        }
        check_suspicion(&format!("bounty {}", "and so on ".repeat(500)), None);
    }
}
