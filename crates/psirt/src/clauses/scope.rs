//! What is out of scope: §N16, §N24 and the list of §N34.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;
use crate::case::triage;

prove! { nozomi;
    clause_N16 = "N16", clause_N24 = "N24", clause_N34 = "N34", clause_N34_1 = "N34.1", clause_N34_2 = "N34.2", clause_N34_3 = "N34.3",
    clause_N34_4 = "N34.4", clause_N34_5 = "N34.5", clause_N34_6 = "N34.6", clause_N34_7 = "N34.7", clause_N34_8 = "N34.8",
    clause_N34_9 = "N34.9", clause_N34_10 = "N34.10", clause_N34_11 = "N34.11", clause_N34_12 = "N34.12", clause_N34_13 = "N34.13",
    clause_N34_14 = "N34.14", clause_N34_15 = "N34.15", clause_N34_16 = "N34.16", clause_N34_17 = "N34.17",
}

/// Checks that a report with this text is asked the question of a clause, that an exception would keep it in scope if there is one,
/// that the reporter may appeal, and that a person can decide by the clause.
fn asked(policy: &Policy, clause: &str, text: &str, exception: Option<&str>) -> Proof {
    let Some(scope) = triage::suggest(policy, text)
        .into_iter()
        .find(|scope| scope.clause == clause)
    else {
        return Err(format!("§{clause} is not suggested by: {text}"));
    };
    require(scope.exception.as_deref() == exception, "its exception")?;
    require(
        scope.exception_question.is_some() == exception.is_some(),
        "its exception has a question",
    )?;
    require(
        scope.appeal && scope.question.ends_with('?') && !scope.reply.is_empty(),
        "a question, a reply, and an appeal",
    )?;
    let decision = format!("scope-decided = {{ out = true, clause = \"{clause}\" }}");
    passes(policy, &reported(&at("2026-03-03T09:00:00+01:00", &decision)))?;
    require(
        triage::suggest(policy, "A heap overflow in the parser lets me run code.").is_empty(),
        "nothing is asked of another report",
    )
}

fn reported(more: &str) -> String {
    onprem(&(at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }") + more))
}

/// Rejected as out of scope only after a person has answered, and only by a clause that leaves something out.
pub(super) fn clause_N34(policy: &Policy) -> Proof {
    let decided = at(
        "2026-03-03T09:00:00+01:00",
        "scope-decided = { out = true, clause = \"N34\" }",
    );
    let rejected = at(
        "2026-03-03T10:00:00+01:00",
        "rejected = { exit = \"out-of-scope\", clause = \"N34\" }",
    );
    refuses(policy, "N34", &reported(&rejected))?;
    passes(policy, &reported(&decided))?;
    passes(policy, &reported(&(decided + &rejected)))
}

pub(super) fn clause_N16(policy: &Policy) -> Proof {
    asked(
        policy,
        "N16",
        "With root access one can replace the binary.",
        Some("assumption-broken"),
    )
}
pub(super) fn clause_N24(policy: &Policy) -> Proof {
    asked(
        policy,
        "N24",
        "Please find our scanner output attached.",
        Some("impact-shown"),
    )
}
pub(super) fn clause_N34_1(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.1",
        "Nessus lists 14 findings on your host.",
        Some("impact-shown"),
    )
}
pub(super) fn clause_N34_2(policy: &Policy) -> Proof {
    asked(policy, "N34.2", "The login form allows AutoFill.", None)
}
pub(super) fn clause_N34_3(policy: &Policy) -> Proof {
    asked(policy, "N34.3", "The banner of the web server tells its name.", None)
}
pub(super) fn clause_N34_4(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.4",
        "There is no rate limiting at the login.",
        Some("access-gained"),
    )
}
pub(super) fn clause_N34_5(policy: &Policy) -> Proof {
    asked(policy, "N34.5", "There is a typo on the start page.", None)
}
pub(super) fn clause_N34_6(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.6",
        "The session cookie has no HttpOnly.",
        Some("direct-vulnerability"),
    )
}
pub(super) fn clause_N34_7(policy: &Policy) -> Proof {
    asked(policy, "N34.7", "I found a logout CSRF.", Some("impact-not-low"))
}
pub(super) fn clause_N34_8(policy: &Policy) -> Proof {
    asked(policy, "N34.8", "The search box has a self-XSS.", None)
}
pub(super) fn clause_N34_9(policy: &Policy) -> Proof {
    asked(policy, "N34.9", "X-Frame-Options is missing.", None)
}
pub(super) fn clause_N34_10(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.10",
        "Version 18, which is end of life, crashes.",
        Some("supported-version-affected"),
    )
}
pub(super) fn clause_N34_11(policy: &Policy) -> Proof {
    asked(policy, "N34.11", "The page has mixed content.", Some("leaks-sensitive"))
}
pub(super) fn clause_N34_12(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.12",
        "The server offers a weak cipher.",
        Some("functional-proof"),
    )
}
pub(super) fn clause_N34_13(policy: &Policy) -> Proof {
    asked(policy, "N34.13", "A forged Host header redirects the user.", None)
}
pub(super) fn clause_N34_14(policy: &Policy) -> Proof {
    asked(policy, "N34.14", "The session timeout is too long.", Some("not-minor"))
}
pub(super) fn clause_N34_15(policy: &Policy) -> Proof {
    asked(policy, "N34.15", "The site sends no HSTS.", None)
}
pub(super) fn clause_N34_16(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.16",
        "An error page has a path disclosure.",
        Some("secrets-or-user-data"),
    )
}
pub(super) fn clause_N34_17(policy: &Policy) -> Proof {
    asked(
        policy,
        "N34.17",
        "A malicious admin could delete the logs.",
        Some("boundary-crossed"),
    )
}
