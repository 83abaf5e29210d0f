//! `candor policy due`: every obligation of a story at an instant, and whether what the story expects to be refused is refused.
//!
//! Owns the choice of policies. Never counts: `psirt::clock` does.

use crate::cli::Global;
use crate::command::policy::{Source, read_text, reading};
use crate::failure::Failure;
use crate::output::Shown;
use crate::words::paragraph;
use clap::Args;
use psirt::case::discount::{Discounted, discounted};
use psirt::case::merge::standing;
use psirt::case::refuse::{Evidence, Standing, refuse};
use psirt::case::rescue::History;
use psirt::case::view::CaseView;
use psirt::clock::facts::CaseFacts;
use psirt::clock::report::{self, Row};
use psirt::clock::{Calendars, governing, obligations};
use psirt::event::{Entry, Event};
use psirt::policy::fact::Fact;
use psirt::policy::{Policy, PolicyKind};
use psirt::story::{Story, StoryEvent};
use std::path::Path;

#[derive(Args, Debug)]
pub(crate) struct Due {
    /// Policies (files, or ids of those that come with Candor), then the story; without policies those that the story names
    #[arg(required = true, num_args = 1.., value_name = "[POLICY]… STORY")]
    files: Vec<String>,
    /// Another option for a reading: `remediation-start=received`
    #[arg(long, value_name = "READING=OPTION", value_parser = reading)]
    reading: Vec<(String, String)>,
}

impl Due {
    pub(crate) fn run(self, global: &Global) -> Result<Shown, Failure> {
        let now = global
            .now
            .ok_or_else(|| Failure::usage("`policy due` needs an instant: --now 2027-02-28T12:00:00+01:00"))?;
        let Some((file, named)) = self.files.split_last() else {
            return Err(Failure::usage("`policy due` needs a story"));
        };
        let text = read_text(Path::new(file))?;
        let story = Story::read(&text)
            .map_err(|error| Failure::refused(format!("{file}:{}: {}", error.line, error.message)))?;
        let policies = self.policies(named, &story)?;
        let unkept = unkept_expectations(&policies, &story);
        if !unkept.is_empty() {
            let lines: Vec<String> = unkept
                .iter()
                .map(|(line, message)| format!("{file}:{line}: {message}"))
                .collect();
            return Err(Failure::refused(lines.join("\n")));
        }
        let mut entries: Vec<Entry> = story.entries().cloned().collect();
        let discounted = discounted(&policies, &story.products, &entries);
        leave_out(&mut entries, &discounted);
        let facts = CaseFacts::fold(&story.products, &entries, now);
        let calendars = Calendars::default();
        let obligations = obligations(&policies, &facts, &calendars, now);
        let mut rows = report::rows(&obligations);
        for (row, obligation) in rows.iter_mut().zip(&obligations) {
            let asks = obligation.promise.when.asks(Fact::Band);
            for score in discounted.iter().filter(|_| asks) {
                row.proof.text.push_str(&format!(
                    " The score of event {} does not count: it is {}.",
                    score.seq, score.refusal
                ));
            }
        }
        let text = proofs(&rows);
        Ok(Shown::new(rows, text)?.notes(unknown_rules(&policies, &entries)))
    }

    /// The policies that take part: those given, but of a vendor's own only the ones that the story names; without any, those that
    /// the story names out of the shipped ones.
    fn policies(&self, named: &[String], story: &Story) -> Result<Vec<Policy>, Failure> {
        let sources: Vec<Source> = match named.is_empty() {
            false => named
                .iter()
                .map(|policy| Source::of(policy))
                .collect::<Result<_, _>>()?,
            true => self.named_by(story)?,
        };
        let mut unused: Vec<&str> = self.reading.iter().map(|(id, _)| id.as_str()).collect();
        let mut policies = Vec::with_capacity(sources.len());
        for source in &sources {
            let (plain, _) = psirt::policy::read(&source.name, &source.text);
            let knows = |id: &str| {
                plain
                    .as_ref()
                    .is_some_and(|policy| policy.readings.iter().any(|reading| reading.id == id))
            };
            let own: Vec<_> = self.reading.iter().filter(|(id, _)| knows(id)).cloned().collect();
            unused.retain(|id| !knows(id));
            let mut policy = source.read(&own)?;
            let reference = story.policies.iter().find(|named| named.id == policy.front.id);
            if let Some(effective) = reference.and_then(|reference| reference.effective) {
                policy.front.effective = effective;
            }
            if story.policies.is_empty() || reference.is_some() || policy.front.kind == PolicyKind::Overlay {
                policies.push(policy);
            }
        }
        if let Some(id) = unused.first() {
            return Err(Failure::usage(format!("none of these policies has a reading `{id}`")));
        }
        if let Some(missing) = story
            .policies
            .iter()
            .find(|named| policies.iter().all(|policy| policy.front.id != named.id))
        {
            return Err(Failure::usage(format!(
                "the story names the policy `{}`, which was not given",
                missing.id
            )));
        }
        Ok(policies)
    }

    fn named_by(&self, story: &Story) -> Result<Vec<Source>, Failure> {
        if story.policies.is_empty() {
            return Err(Failure::usage(
                "the story names no policy: give one before the story, or write `policy = \"house\"` at its head",
            ));
        }
        story.policies.iter().map(|policy| Source::of(&policy.id)).collect()
    }
}

fn leave_out(entries: &mut Vec<Entry>, discounted: &[Discounted]) {
    entries.retain(|entry| !discounted.iter().any(|score| score.seq == entry.seq));
}

/// Decisions over a rule that no policy has: they change nothing, and are mostly a misspelt name.
fn unknown_rules(policies: &[Policy], entries: &[Entry]) -> Vec<String> {
    let known = |rule: &str| policies.iter().any(|policy| policy.promise(rule).is_some());
    let unknown = entries.iter().filter_map(|entry| match &entry.event {
        Event::Waived { rule, .. } | Event::Overridden { rule, .. } | Event::OverrideRevoked { rule, .. }
            if !known(rule) =>
        {
            let (seq, kind) = (entry.seq, entry.event.kind());
            Some(format!(
                "event {seq}, `{kind}`, changes nothing: none of these policies has a rule `{rule}`; correct its name"
            ))
        }
        _ => None,
    });
    unknown.collect()
}

/// The acts that the story expects to be refused, and that were not, or by another clause: line and message.
fn unkept_expectations(policies: &[Policy], story: &Story) -> Vec<(u32, String)> {
    let mut unkept = Vec::new();
    for (index, event) in story.events.iter().enumerate() {
        let Some(clause) = &event.refused_by else { continue };
        let before = story.events.get(..index).unwrap_or_default();
        if let Some(message) = unkept_expectation(policies, story, before, event, clause) {
            unkept.push((event.line, message));
        }
    }
    unkept
}

fn unkept_expectation(
    policies: &[Policy],
    story: &Story,
    before: &[StoryEvent],
    event: &StoryEvent,
    clause: &str,
) -> Option<String> {
    let now = event.entry.recorded;
    let known = before
        .iter()
        .filter(|earlier| earlier.refused_by.is_none() && earlier.entry.recorded <= now);
    let mut entries: Vec<Entry> = known.map(|earlier| earlier.entry.clone()).collect();
    let discounted = discounted(policies, &story.products, &entries);
    leave_out(&mut entries, &discounted);
    let standing = standing(&entries);
    let facts = CaseFacts::fold(&story.products, &entries, now);
    let view = CaseView::fold(&standing);
    let calendars = Calendars::default();
    let obligations = obligations(policies, &facts, &calendars, now);
    let governing = governing(policies, &facts);
    let standing = Standing {
        facts: &facts,
        view: &view,
        entries: &entries,
        obligations: &obligations,
        policies: &governing,
        history: History {
            lines: &story.products,
            entries: &entries,
            policies,
            calendars: &calendars,
        },
        evidence: Evidence::default(),
        now,
    };
    let kind = event.entry.event.kind();
    match refuse(&standing, &event.entry) {
        Ok(()) => Some(format!(
            "`{kind}` should be refused by §{clause}, but nothing forbids it"
        )),
        Err(refusal) if refusal.clause == clause => None,
        Err(refusal) => Some(format!("`{kind}` should be refused by §{clause}, but it is {refusal}")),
    }
}

/// Obligations for a person: each with its dates in one line, and its proof below.
pub(crate) fn proofs(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No policy promises anything here yet.\n".to_owned();
    }
    let block = |row: &Row| format!("{}\n{}", headline(row), paragraph("    ", &row.proof.text));
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// `§N3  onprem-high-fix  Sensor 25  running  due 2026-03-05T23:59:59+01:00`
pub(crate) fn headline(row: &Row) -> String {
    let mut parts = vec![
        row.clause.clone(),
        row.rule.clone(),
        row.subject.clone(),
        row.state.to_owned(),
    ];
    parts.extend(dates(row));
    parts.join("  ")
}

/// The dates that a row has, each with its word.
pub(crate) fn dates(row: &Row) -> Vec<String> {
    let dates = [
        ("due", &row.due),
        ("not before", &row.not_before),
        ("scheduled", &row.scheduled),
        ("done", &row.met_at),
        ("late since", &row.breached_at),
    ];
    dates
        .iter()
        .filter_map(|(word, date)| date.as_ref().map(|date| format!("{word} {date}")))
        .collect()
}

/// The same for a table: days and minutes are enough there.
pub(crate) fn dates_in_words(row: &Row) -> String {
    dates(row).iter().map(|date| short(date)).collect::<Vec<_>>().join(", ")
}

/// `due 2026-03-05T23:59:59+01:00` as `due 2026-03-05 23:59`.
fn short(date: &str) -> String {
    let (words, instant) = date.rsplit_once(' ').unwrap_or(("", date));
    match (instant.get(..10), instant.get(11..16)) {
        (Some(day), Some(minute)) => format!("{words} {day} {minute}"),
        _ => date.to_owned(),
    }
}
