//! English for facts, events, starts and ends: what examples and explanations are made of.
//!
//! Owns words only. Never decides anything.

use super::{
    Policy,
    block::bands::Bands,
    fact::{Fact, NO_BAND, Value, When},
    length::{End, EndTerm, Start, StartTerm},
    word::joined,
};
use crate::event::Kind;

/// The policy's own words for values.
#[derive(Clone, Copy)]
pub(super) struct Words<'p> {
    bands: Option<&'p Bands>,
    markets: &'p [String],
}

impl<'p> Words<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        Words {
            bands: policy.bands.as_ref(),
            markets: &policy.front.market,
        }
    }

    /// How many values a fact has in this policy, and which: `band` counts what the policy names.
    pub(super) fn values(&self, fact: Fact) -> Vec<Value> {
        let count = match fact {
            Fact::Band => self.bands.map_or(0, |bands| bands.bands.len()),
            Fact::Market => self.markets.len(),
            _ => fact.values().len(),
        };
        let mut values: Vec<Value> = (0..count).filter_map(|value| Value::try_from(value).ok()).collect();
        let bare = |bands: &Bands| bands.gaps.iter().any(|gap| gap.band.is_none());
        if fact == Fact::Band && self.bands.is_some_and(bare) {
            values.push(NO_BAND);
        }
        values
    }

    /// The word of a value in the file.
    pub(super) fn word(&self, fact: Fact, value: Value) -> &str {
        let index = usize::from(value);
        match fact {
            Fact::Band if value == NO_BAND => "none",
            Fact::Band => self
                .bands
                .and_then(|bands| bands.get(value))
                .map_or("?", |band| &band.id),
            Fact::Market => self.markets.get(index).map_or("?", String::as_str),
            _ => fact.values().get(index).copied().unwrap_or("?"),
        }
    }

    /// Which vulnerabilities a conjunction means: `a third-party vulnerability of band critical in a saas line`.
    pub(super) fn which(&self, when: &When) -> String {
        let only = |fact: Fact, value: Value| when.mask(fact) == Some(1 << value);
        let mut phrase = match () {
            () if only(Fact::Origin, 0) => "an own vulnerability",
            () if only(Fact::Origin, 1) => "a third-party vulnerability",
            () => "a vulnerability",
        }
        .to_owned();
        const BEFORE: [Fact; 2] = [Fact::Band, Fact::Class];
        const AFTER: [Fact; 8] = [
            Fact::Market,
            Fact::UpstreamFix,
            Fact::Exploit,
            Fact::PublicAttention,
            Fact::Verdict,
            Fact::Scope,
            Fact::Reporter,
            Fact::Credit,
        ];
        let mut parts: Vec<String> = BEFORE.into_iter().filter_map(|fact| self.that(fact, when)).collect();
        parts.extend(self.line(when));
        parts.extend(AFTER.into_iter().filter_map(|fact| self.that(fact, when)));
        for part in parts {
            phrase.push(' ');
            phrase.push_str(&part);
        }
        phrase
    }

    /// `in a supported on-prem line`.
    fn line(&self, when: &When) -> Option<String> {
        let supported = self
            .asked(Fact::Supported, when)
            .and_then(|values| match values.as_slice() {
                ["yes"] => Some("supported"),
                ["no"] => Some("unsupported"),
                _ => None,
            });
        let deployment = self.asked(Fact::Deployment, when).map(|words| joined(&words, "or"));
        let line = [supported.map(str::to_owned), deployment, Some("line".to_owned())];
        let line = line.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let article = if line.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        (line != "line").then(|| format!("in {article} {line}"))
    }

    /// The words that a conjunction accepts for a fact, if it asks it.
    fn asked(&self, fact: Fact, when: &When) -> Option<Vec<&str>> {
        let mask = when.mask(fact)?;
        let values = (0..16).filter(|value| mask & (1 << value) != 0);
        Some(values.map(|value| self.word(fact, value)).collect())
    }

    /// Whether every vulnerability is meant.
    pub(super) fn everything(when: &When) -> bool {
        when.facts().next().is_none()
    }

    fn that(&self, fact: Fact, when: &When) -> Option<String> {
        let words = self.asked(fact, when)?;
        let prefix = match fact {
            Fact::Band if words == ["none"] => return Some("without a band".to_owned()),
            Fact::Band => "of band",
            Fact::Class => "of class",
            Fact::Market => "in a line sold in",
            _ => {
                let phrases: Vec<&str> = words.iter().map(|word| that_is(fact, word)).collect();
                return Some(joined(&phrases, "or"));
            }
        };
        Some(format!("{prefix} {}", joined(&words, "or")))
    }
}

fn that_is(fact: Fact, word: &str) -> &'static str {
    match (fact, word) {
        (Fact::UpstreamFix, "released") => "with a released upstream fix",
        (Fact::UpstreamFix, _) => "without an upstream fix",
        (Fact::Exploit, "none") => "without a known exploit",
        (Fact::Exploit, "available") => "with an available exploit",
        (Fact::Exploit, _) => "under attack",
        (Fact::PublicAttention, "yes") => "under significant public attention",
        (Fact::PublicAttention, _) => "without public attention",
        (Fact::Verdict, "vulnerable") => "that is confirmed",
        (Fact::Verdict, "not-affected") => "that affects no line",
        (Fact::Verdict, _) => "that is not confirmed",
        (Fact::Scope, "in") => "in scope",
        (Fact::Scope, _) => "out of scope",
        (Fact::Reporter, "external") => "reported from outside",
        (Fact::Reporter, "customer") => "reported by a customer",
        (Fact::Reporter, "internal") => "found inside the house",
        (Fact::Reporter, _) => "found by a machine",
        (Fact::Credit, "yes") => "whose reporter wants to be named",
        (Fact::Credit, "no") => "whose reporter does not want to be named",
        (Fact::Credit, _) => "whose reporter was not asked about credit",
        // Said by the phrase as a whole.
        (Fact::Origin | Fact::Deployment | Fact::Supported | Fact::Band | Fact::Class | Fact::Market, _) => "",
    }
}

/// What a promise does, after "must": `release a fix`.
#[must_use]
pub const fn deed(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Acknowledged => "acknowledge the report with its tracking number",
        Kind::Reviewed => "look at the report",
        Kind::InfoRequested => "ask for what is missing",
        Kind::ScopeDecided => "decide whether the policy covers it",
        Kind::Confirmed => "confirm the vulnerability",
        Kind::Rejected => "turn the report down",
        Kind::Scored => "score it",
        Kind::Judged => "judge attention and exploits",
        Kind::Closed => "close the case",
        Kind::ReleaseShipped => "ship a release",
        Kind::WorkaroundProvided => "provide a workaround",
        Kind::FixReady => "have a fix ready",
        Kind::FixReleased => "release a fix",
        Kind::FixDeployed => "deploy the fix to every tenant",
        Kind::MeasureAvailable => "make a corrective or mitigating measure available",
        Kind::UpstreamDecision => "decide whether to mitigate or to wait for the supplier",
        Kind::EmbargoEnded => "end the embargo",
        Kind::ReportedBack => "report the findings back to the reporter",
        Kind::Credit => "ask whether the reporter wants to be named",
        Kind::ValidationAsked => "ask the reporter to look at the fix",
        Kind::DefectCreated => "create a defect for the engineers",
        Kind::SharedWithCert => "share it with a CERT",
        Kind::UsersInformed => "inform the affected users",
        Kind::CveAssigned => "assign a CVE id",
        Kind::CvePublished => "publish the CVE record",
        Kind::AdvisoryPublished => "publish the advisory",
        Kind::AdvisoryRevised => "revise the advisory",
        Kind::AdvisoryWithdrawn => "withdraw the advisory",
        Kind::ReleaseNotePublished => "tell of the fix in the release notes",
        Kind::Announced => "send it to the announce list",
        Kind::CraEarlyWarningSent => "send the CRA early warning",
        Kind::CraNotificationSent => "send the CRA notification",
        Kind::CraFinalReportSent => "send the CRA final report",
        Kind::IncidentEarlyWarningSent => "send the early warning of the incident",
        Kind::IncidentNotificationSent => "send the notification of the incident",
        Kind::IncidentFinalReportSent => "send the final report on the incident",
        _ => return None,
    })
}

/// The instant of an event: `the confirmation`.
pub(super) fn moment(kind: Kind) -> String {
    let phrase = match kind {
        Kind::Received => "the receipt of the report",
        Kind::Acknowledged => "the acknowledgement",
        Kind::Reviewed => "the first review",
        Kind::Promoted => "the promotion of the finding",
        Kind::ReportJoined => "the joining of a report",
        Kind::Confirmed => "the confirmation",
        Kind::Affected => "the finding that the line is affected",
        Kind::Rejected => "the rejection",
        Kind::Appealed => "the appeal",
        Kind::Scored => "the score",
        Kind::FixReady => "the fix being ready",
        Kind::FixReleased => "the release of the fix",
        Kind::FixDeployed => "the deployment of the fix",
        Kind::ReleaseShipped => "the shipping of the release",
        Kind::WorkaroundProvided => "the workaround",
        Kind::MeasureAvailable => "the availability of a measure",
        Kind::ComponentShipped => "the first shipped release that holds the component",
        Kind::UpstreamDisclosed => "the supplier's disclosure",
        Kind::UpstreamFixReleased => "the supplier's release of a fix",
        Kind::UpstreamDecision => "the decision on the supplier's fix",
        Kind::MadePublic => "details becoming public",
        Kind::ExploitPublic => "an exploit becoming public",
        Kind::AttacksSeen => "the first attacks seen",
        Kind::AdvisoryPublished => "the publication of the advisory",
        Kind::IncidentAware => "the awareness of the incident",
        Kind::IncidentNotificationSent => "the notification of the incident",
        Kind::CraNotificationSent => "the CRA notification",
        other => return format!("the event `{other}`"),
    };
    phrase.to_owned()
}

/// `the earliest of the confirmation and 72 hours after the receipt of the report`.
pub(super) fn start(start: &Start) -> String {
    let term = |term: &StartTerm| match term.plus {
        Some(length) => format!("{length} after {}", moment(term.event)),
        None => moment(term.event),
    };
    let all = |which: &str, terms: &[StartTerm]| match terms {
        [one] => term(one),
        many => format!(
            "the {which} of {}",
            joined(&many.iter().map(term).collect::<Vec<_>>(), "and")
        ),
    };
    match start {
        Start::Selected => "the instant at which all of that first held".to_owned(),
        Start::Earliest(terms) => all("earliest", terms),
        Start::Latest(terms) => all("latest", terms),
    }
}

/// `within 6 months or by the next release, whichever comes first`; nothing for no end.
pub(super) fn end(end: &End) -> Option<String> {
    let term = |term: &EndTerm| match term {
        EndTerm::Length(length) if length.count == 0 => "on the same day".to_owned(),
        EndTerm::Length(length) => format!("within {length}"),
        EndTerm::NextRelease => "by the next release".to_owned(),
        EndTerm::ScheduledDay => "by the end of the scheduled day".to_owned(),
    };
    match end.0.as_slice() {
        [] => None,
        [one] => Some(term(one)),
        many => Some(format!(
            "{}, whichever comes first",
            joined(&many.iter().map(term).collect::<Vec<_>>(), "or")
        )),
    }
}

/// The first letter large and a full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let stop = if text.trim_end().trim_end_matches('\u{201d}').ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
}
