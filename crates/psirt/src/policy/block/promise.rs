//! `promise`: a clause as a clock.
//!
//! Owns the block's value, its parse, the checks that need no other block, and its sentence. Never evaluates itself: that is
//! `clock::obligation`.

use super::{Head, scope_of};
use crate::event::Kind;
use crate::policy::{
    fact::When,
    fields::Fields,
    length::{End, EndTerm, Length, Start},
    phrase::{self, Words},
    word::{Word, joined},
};

/// A rule that creates obligations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// Facts that select it.
    pub when: When,
    /// How strong it is.
    pub duty: Duty,
    /// The event that ends it.
    pub ends: Kind,
    /// What it is owed for.
    pub per: Per,
    /// When it begins.
    pub start: Start,
    /// When it ends.
    pub within: End,
    /// Past this length it is due soon.
    pub target: Option<Length>,
    /// The earliest instant for `do`, as a length after the start.
    pub not_before: Option<Length>,
    /// Whether `not_before` is rolled forward to a working day for the scheduled act.
    pub scheduled_on_working_day: bool,
    /// Events that end `not_before` at once.
    pub lifted_by: Vec<Kind>,
    /// Further events that end it.
    pub satisfied_by: Vec<Kind>,
    /// After each `do` it starts again with this length.
    pub every: Option<Length>,
    /// It must be done before this event.
    pub before: Option<Kind>,
    /// Whether a fix must be proven by a bill of materials (D24).
    pub needs_bill: bool,
    /// Which line's event starts a promise of a case.
    pub pick: Pick,
    /// Whether an end on a closed day moves to the next working day.
    pub rolls: bool,
    /// Promises that it replaces where both hold.
    pub overrides: Vec<String>,
    /// Promises beside which it runs on purpose, though both owe the same; the earliest governs (D7).
    pub beside: Vec<String>,
    /// Ids of the readings that its proof names.
    pub readings: Vec<String>,
}

/// How strong a promise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Late is breached.
    Must,
    /// Late is overdue, never breached (D2).
    Aims,
    /// Never late.
    May,
    /// Must not happen while it holds.
    MustNot,
}

/// What a promise is owed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// The case as a whole.
    Case,
    /// Each report.
    Report,
    /// Each reporter.
    Reporter,
    /// Each affected line.
    Track,
    /// Each third-party component in each affected line.
    Component,
}

/// Which line's event starts a promise of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pick {
    /// The first.
    First,
    /// The last among the lines that are affected, supported and not waived (D3).
    Last,
}

impl Duty {
    /// The word in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Duty::Must => "must",
            Duty::Aims => "aims",
            Duty::May => "may",
            Duty::MustNot => "must-not",
        }
    }
}

impl Per {
    /// The word in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Per::Case => "case",
            Per::Report => "report",
            Per::Reporter => "reporter",
            Per::Track => "track",
            Per::Component => "component",
        }
    }
}

impl Word for Duty {
    const ALL: &'static [Duty] = &[Duty::Must, Duty::Aims, Duty::May, Duty::MustNot];

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Word for Per {
    const ALL: &'static [Per] = &[Per::Case, Per::Report, Per::Reporter, Per::Track, Per::Component];

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Word for Pick {
    const ALL: &'static [Pick] = &[Pick::First, Pick::Last];

    fn word(self) -> &'static str {
        match self {
            Pick::First => "first",
            Pick::Last => "last",
        }
    }
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "when",
    "duty",
    "do",
    "per",
    "start",
    "within",
    "target",
    "not_before",
    "scheduled",
    "lifted_by",
    "satisfied_by",
    "every",
    "before",
    "evidence",
    "pick",
    "roll",
    "overrides",
    "beside",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Promise> {
    let when = fields.when("when");
    let duty = fields.need_word("duty");
    let ends = fields.need_event("do");
    let per = fields.need_word("per");
    let start = fields.start("start");
    let within = fields.end("within");
    let errors_before = fields.findings.errors();
    let target = fields.length("target");
    let not_before = fields.length("not_before");
    let scheduled_on_working_day = only_word(fields, "scheduled", "working-day");
    let lifted_by = fields.events("lifted_by");
    let satisfied_by = fields.events("satisfied_by");
    let every = fields.length("every");
    let before = fields.event("before");
    let needs_bill = only_word(fields, "evidence", "bill-of-materials");
    let pick = fields.word("pick").unwrap_or(Pick::First);
    let rolls = only_word(fields, "roll", "working-day");
    let (overrides, beside) = (others(fields, "overrides"), others(fields, "beside"));
    let promise = Promise {
        id: head.id,
        clause: head.clause,
        line: head.line,
        when: when?,
        duty: duty?,
        ends: ends?,
        per: per?,
        start: start?,
        within: within?,
        target,
        not_before,
        scheduled_on_working_day,
        lifted_by,
        satisfied_by,
        every,
        before,
        needs_bill,
        pick,
        rolls,
        overrides,
        beside,
        readings: Vec::new(),
    };
    if fields.findings.errors() > errors_before {
        return None;
    }
    promise.check(fields);
    Some(promise)
}

/// Ids of other promises.
fn others(fields: &mut Fields<'_, '_, '_>, key: &'static str) -> Vec<String> {
    const MANY: usize = 50;
    let ids = fields.texts(key);
    if ids.len() > MANY {
        let at = fields.value_at(key);
        fields.error(
            at,
            "too-large",
            format!("`{key}` names more than {MANY} promises: change their `when` instead"),
        );
    }
    ids
}

/// A key that has one word only.
fn only_word(fields: &mut Fields<'_, '_, '_>, key: &'static str, word: &'static str) -> bool {
    match fields.text(key) {
        None => false,
        Some(text) if text == word => true,
        Some(_) => {
            let at = fields.value_at(key);
            fields.error(
                at,
                "unknown-value",
                format!("`{key}` has one value only: write \"{word}\", or delete the key"),
            );
            false
        }
    }
}

impl Promise {
    pub(in crate::policy) fn named_by(mut self, readings: &[String]) -> Promise {
        self.readings = readings.to_vec();
        self
    }

    /// What can be judged without any other block.
    fn check(&self, fields: &mut Fields<'_, '_, '_>) {
        self.check_length(fields);
        self.check_hold(fields);
        if self
            .start
            .terms()
            .iter()
            .any(|term| term.event == self.ends && term.plus.is_none())
        {
            let message = format!(
                "`{}` begins with `{}`, the event that ends it: start it earlier",
                self.id, self.ends
            );
            let at = fields.value_at("start");
            fields.error(at, "never-starts", message);
        }
        if self.satisfied_by.contains(&self.ends) {
            let at = fields.value_at("satisfied_by");
            fields.error(
                at,
                "repeated",
                format!(
                    "`{}` ends the promise already: take it out of `satisfied_by`",
                    self.ends
                ),
            );
        }
        if self.overrides.contains(&self.id) || self.beside.contains(&self.id) {
            let key = if self.overrides.contains(&self.id) {
                "overrides"
            } else {
                "beside"
            };
            let at = fields.value_at(key);
            fields.error(
                at,
                "unknown-promise",
                format!("`{}` names itself: name another promise, or delete the key", self.id),
            );
        }
    }

    fn check_length(&self, fields: &mut Fields<'_, '_, '_>) {
        let endless = self.within.0.is_empty();
        let bounded = self.every.is_some() || self.before.is_some();
        if self.duty == Duty::Must && endless && fields.has("within") {
            let at = fields.value_at("within");
            let message =
                "a `must` without an end is no promise: give `within` a length, or make the duty `aims` or `may`";
            fields.error(at, "duty-without-length", message);
        } else if endless && !bounded && self.duty != Duty::MustNot && !fields.has("within") {
            let message = format!(
                "`{}` says nothing of when: add `within`, `before` or `every` (`within = \"none\"` only for `may` and `aims`)",
                self.id
            );
            fields.error(fields.at, "duty-without-length", message);
        }
        if self.every.is_some_and(|every| every.count == 0) {
            let at = fields.value_at("every");
            fields.error(
                at,
                "bad-length",
                "again after no time would never end: write at least 1",
            );
        }
        if self.duty == Duty::MustNot && (self.target.is_some() || self.every.is_some() || self.before.is_some()) {
            let key = ["target", "every", "before"]
                .into_iter()
                .find(|key| fields.has(key))
                .unwrap_or("target");
            let at = fields.at(key);
            fields.error(
                at,
                "useless-key",
                format!("a `must-not` is never due, so `{key}` has no meaning: delete it"),
            );
        }
        let first_length = self.within.0.iter().find_map(|term| match term {
            EndTerm::Length(length) => Some(length),
            EndTerm::NextRelease | EndTerm::ScheduledDay => None,
        });
        if let (Some(target), Some(within)) = (self.target, first_length)
            && target.shortest_minutes() > within.longest_minutes()
        {
            let at = fields.value_at("target");
            fields.error(
                at,
                "target-after-end",
                format!("the target, {target}, lies after the end, {within}: swap them"),
            );
        }
    }

    fn check_hold(&self, fields: &mut Fields<'_, '_, '_>) {
        if self.not_before.is_none() {
            let scheduled_end = self.within.0.contains(&EndTerm::ScheduledDay);
            let keys = ["scheduled", "lifted_by"].into_iter().filter(|key| fields.has(key));
            for key in keys.chain(scheduled_end.then_some("within")).collect::<Vec<_>>() {
                let at = fields.at(key);
                let message =
                    format!("`{key}` speaks of a hold, and there is none: add `not_before`, or change `{key}`");
                fields.error(at, "no-hold", message);
            }
        }
        let Some(hold) = self.not_before else { return };
        let ends = self.within.0.iter().filter_map(|term| match term {
            EndTerm::Length(length) => Some(length),
            EndTerm::NextRelease | EndTerm::ScheduledDay => None,
        });
        if let Some(end) = ends.min_by_key(|end| end.longest_minutes())
            && hold.shortest_minutes() > end.longest_minutes()
        {
            let at = fields.value_at("not_before");
            let message = format!(
                "it may not happen for {hold} and must within {end}: shorten `not_before` or lengthen `within`"
            );
            fields.error(at, "hold-after-end", message);
        }
    }

    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let deed = phrase::deed(self.ends).map_or_else(|| format!("record `{}`", self.ends), str::to_owned);
        let (verb, to) = match self.duty {
            Duty::Must => ("must", ""),
            Duty::Aims => ("aims", "to "),
            Duty::May => ("may", ""),
            Duty::MustNot => ("must not", ""),
        };
        let each = self.per.each().map_or(String::new(), |each| format!(", {each},"));
        let mut text = format!("{}the vendor {verb}{each} {to}{deed}", scope_of(&self.when, words));
        match phrase::end(&self.within) {
            Some(end) => text.push_str(&format!(" {end}")),
            None if self.before.is_none() && self.every.is_none() && self.duty != Duty::MustNot => {
                text.push_str(" without a set time");
            }
            None => {}
        }
        if let Some(hold) = self.not_before.filter(|hold| hold.count > 0) {
            text.push_str(&format!(", not before {hold} have gone by"));
        }
        if self.scheduled_on_working_day {
            text.push_str(" (rolled forward to a working day)");
        }
        if let Some(before) = self.before {
            text.push_str(&format!(" before {}", phrase::moment(before)));
        }
        if let Some(every) = self.every {
            text.push_str(&format!(", again every {every}"));
        }
        text.push_str(&format!(", counted from {}", phrase::start(&self.start)));
        if matches!(self.pick, Pick::Last) {
            text.push_str(" in the last line");
        }
        self.conditions(&mut text);
        phrase::sentence(&text)
    }

    fn conditions(&self, text: &mut String) {
        let names = |kinds: &[Kind], last: &str| {
            let names: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
            joined(&names, last)
        };
        if let Some(target) = self.target {
            text.push_str(&format!("; the target is {target}"));
        }
        if self.rolls {
            text.push_str("; an end on a closed day moves to the next working day");
        }
        if !self.lifted_by.is_empty() {
            text.push_str(&format!("; {} lifts the hold at once", names(&self.lifted_by, "or")));
        }
        if !self.satisfied_by.is_empty() {
            text.push_str(&format!("; {} also keeps it", names(&self.satisfied_by, "or")));
        }
        if self.needs_bill {
            text.push_str("; proven by a shipped release's bill of materials");
        }
        for (verb, ids) in [("it replaces", &self.overrides), ("it runs beside", &self.beside)] {
            if !ids.is_empty() {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                text.push_str(&format!("; {verb} {}", joined(&ids, "and")));
            }
        }
    }
}

impl Per {
    const fn each(self) -> Option<&'static str> {
        match self {
            Per::Case => None,
            Per::Report => Some("for each report"),
            Per::Reporter => Some("for each reporter"),
            Per::Track => Some("for each affected line"),
            Per::Component => Some("for each component in each affected line"),
        }
    }
}
