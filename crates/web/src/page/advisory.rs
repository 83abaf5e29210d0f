//! `/advisories/ID`: one advisory while it is written, field by field: what it says, what is wrong with it, what was said on it, what differs
//! from the version before, and what is missing until it is out.
//!
//! Changes nothing: beside each field that a person writes stands the command that writes it.

use super::advisories::{band_of, people, stage, when};
use super::audiences::{self, Audience, audiences};
use super::outbox::{self, Waiting};
use super::{Anchor, shell};
use crate::docket::Docket;
use crate::severity::Sign;
use crate::{phrase, words};
use askama::Template;
use casework::{Finding, Prospect, Weight, prospect};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{AdvisoryState, Comment, Label, Stage, difference, fields, label, write};

#[derive(Template)]
#[template(path = "advisory.html")]
pub(crate) struct AdvisoryView {
    shell: look::Desk,
    title: String,
    number: String,
    sign: Sign,
    people: String,
    when: String,
    revision: String,
    cases: Vec<Anchor>,
    stages: Vec<(&'static str, &'static str)>,
    notices: Vec<String>,
    about_all: Vec<Found>,
    said_of_all: Vec<Said>,
    parts: Vec<Part>,
    /// What it is compared with.
    against: Option<String>,
    changes: Vec<Changed>,
    missing: Vec<String>,
    found: String,
    /// Fields with findings: the anchor, the name, how many.
    jumps: Vec<(String, String, String)>,
    /// The tests that did not run, with why.
    not_run: Vec<String>,
    commands: Vec<(&'static str, String)>,
    /// What follows its publication and waits; then how the rest ended.
    outbox: Vec<Waiting>,
    told: Vec<String>,
    /// Who has it beside everybody.
    audiences: Vec<Audience>,
}

/// A part of the text under its heading.
struct Part {
    name: String,
    groups: Vec<Group>,
}

/// What is said of a product line or of a remedy; without a name, of the part as a whole.
struct Group {
    name: String,
    fields: Vec<Field>,
}

struct Changed {
    /// In words, and as commands name it.
    words: String,
    path: String,
    before: String,
    after: String,
}

struct Field {
    anchor: String,
    label: Label,
    /// As commands name it.
    path: String,
    value: String,
    findings: Vec<Found>,
    comments: Vec<Said>,
    /// How it is written, by hand or by what is recorded in its case.
    commands: Vec<String>,
}

struct Found {
    kind: &'static str,
    weight: &'static str,
    source: String,
    message: String,
}

struct Said {
    by: String,
    when: String,
    iso: String,
    about: String,
    text: String,
    answers: Vec<(String, String, String)>,
    settled: String,
}

impl AdvisoryView {
    /// The page of an advisory, by its id or its public number; none if there is no such advisory.
    pub(crate) fn of(docket: &Docket<'_>, id: &str) -> Option<AdvisoryView> {
        let advisories = &docket.board.advisories;
        let by_number = || {
            let mut all = advisories.iter();
            all.find(|(_, state)| !id.is_empty() && state.draft.number == id)
        };
        let (id, state) = advisories.get_key_value(id).or_else(by_number)?;
        let zone = zone(docket, state);
        let (prospect, unknown) = match prospect(docket.board, id, docket.now) {
            Ok(prospect) => (prospect, None),
            Err(error) => (
                Prospect::default(),
                Some(format!("What is wrong with it cannot be told: {error}")),
            ),
        };
        let fields = the_fields(docket, id, state, &prospect.findings, &zone);
        let before = state.ordered.as_ref().filter(|before| **before != state.draft);
        let changes = before
            .map(|before| difference(before, &state.draft))
            .unwrap_or_default();
        let jumps = fields.iter().filter(|field| !field.findings.is_empty());
        let jumps: Vec<_> = jumps
            .map(|field| {
                let count = words::plural(field.findings.len(), "finding", "findings");
                (field.anchor.clone(), field.label.to_string(), count)
            })
            .collect();
        let about_all = prospect.findings.iter().filter(|finding| finding.field.is_empty());
        Some(AdvisoryView {
            shell: shell(docket, "/advisories"),
            title: if state.draft.title.is_empty() {
                "Not titled yet".to_owned()
            } else {
                state.draft.title.clone()
            },
            number: state.draft.number.clone(),
            sign: band_of(state),
            people: people(docket, state),
            when: when(docket, state, &zone),
            revision: revision(state),
            cases: state
                .draft
                .cases
                .iter()
                .map(|number| Anchor {
                    href: format!("/cases/{}", words::url(number)),
                    text: number.clone(),
                })
                .collect(),
            stages: stages(state),
            notices: unknown.into_iter().chain(notices(docket, state, &prospect)).collect(),
            about_all: about_all.map(found).collect(),
            said_of_all: said(docket, state, "", &zone),
            against: before.and_then(|before| Some(format!("version {}", before.revisions.last()?.printed()))),
            changes: changes
                .into_iter()
                .map(|change| {
                    let side = |side: Option<String>| readable(&side.unwrap_or_default(), &zone, docket.now);
                    Changed {
                        words: label(&state.draft, &change.field).to_string(),
                        before: side(change.before),
                        after: side(change.after),
                        path: change.field,
                    }
                })
                .collect(),
            missing: prospect
                .missing
                .iter()
                .map(|need| words::quotes(&words::capital(need)))
                .collect(),
            found: words::plural(prospect.findings.len(), "finding", "findings"),
            jumps,
            not_run: casework::TESTS_NOT_RUN
                .iter()
                .map(|gap| format!("{} {}", gap.test, gap.why))
                .collect(),
            commands: commands(id, state),
            outbox: outbox::of_advisory(docket, id),
            told: state
                .outbox
                .iter()
                .filter_map(|delivery| outbox::ended(docket, delivery, &zone))
                .collect(),
            audiences: audiences(docket, state, &zone),
            parts: parts(fields),
        })
    }
}

fn zone(docket: &Docket<'_>, state: &AdvisoryState) -> TimeZone {
    let mut policies = docket.board.house.policies.iter();
    let policy = policies.find(|policy| policy.front.id == state.draft.policy.0);
    policy.map_or_else(|| docket.zone.clone(), |policy| policy.front.zone.clone())
}

fn revision(state: &AdvisoryState) -> String {
    match state.draft.revisions.last() {
        Some(last) => format!("last version {}", last.printed()),
        None => "never published".to_owned(),
    }
}

/// The way of a text, with the step on which it stands.
fn stages(state: &AdvisoryState) -> Vec<(&'static str, &'static str)> {
    let all = [
        Stage::Draft,
        Stage::Review,
        Stage::Approved,
        Stage::Scheduled,
        if state.stage.is_last() {
            state.stage
        } else {
            Stage::Published
        },
    ];
    let names = ["Draft", "Review", "Approved", "Scheduled", "Published"];
    let here = all.iter().position(|stage| *stage == state.stage).unwrap_or(0);
    let last = match state.stage {
        Stage::Withdrawn => "Withdrawn",
        Stage::Superseded => "Superseded",
        _ => "Published",
    };
    let step = |(place, name): (usize, &'static str)| {
        let name = if place == 4 { last } else { name };
        let how = match place.cmp(&here) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "ahead",
        };
        (name, how)
    };
    names.into_iter().enumerate().map(step).collect()
}

/// What somebody should not miss: why it did not go out, and why it should not wait.
fn notices(docket: &Docket<'_>, state: &AdvisoryState, prospect: &Prospect) -> Vec<String> {
    let mut notices: Vec<String> = prospect
        .early
        .iter()
        .map(|early| words::capital(&early.words))
        .collect();
    if let Some(why) = state.schedule.as_ref().and_then(|schedule| schedule.held_back.as_ref()) {
        notices.push(format!("Held back although its instant has come: {why}"));
    }
    if let Some(why) = docket.board.house.held_aside(state, docket.now) {
        notices.push(format!("It could not be published, and everything else was: {why}"));
    }
    if let Some((by, why)) = &state.sent_back {
        notices.push(format!("{} sent it back: {why}", docket.name_of(by)));
    }
    notices.extend(
        state
            .tombstones
            .iter()
            .map(|gone| format!("Version {} was removed: {}", gone.revision, gone.why)),
    );
    notices
}

/// Every field with what it says, what is wrong with it and what was said on it; then what is wrong where nothing is said.
fn the_fields(
    docket: &Docket<'_>,
    id: &str,
    state: &AdvisoryState,
    findings: &[Finding],
    zone: &TimeZone,
) -> Vec<Field> {
    let mut all = fields(&state.draft);
    for finding in findings.iter().filter(|finding| !finding.field.is_empty()) {
        if !all.iter().any(|(name, _)| *name == finding.field) {
            let around = finding.field.rsplit_once('.').map(|(around, _)| format!("{around}."));
            let beside = |(name, _): &(String, String)| {
                finding.is_about(name) || around.as_ref().is_some_and(|around| name.starts_with(around))
            };
            let at = all.iter().position(beside).unwrap_or(all.len());
            all.insert(at, (finding.field.clone(), String::new()));
        }
    }
    for comment in state.comments.iter().filter(|comment| !comment.field.is_empty()) {
        if !all.iter().any(|(name, _)| *name == comment.field) {
            all.push((comment.field.clone(), String::new()));
        }
    }
    let writes = !state.stage.is_last() && (state.ordered.is_none() || state.on_disk);
    all.into_iter()
        .enumerate()
        .map(|(place, (name, value))| {
            let of = findings.iter().filter(|finding| finding.field == name);
            let is_lacking = value.is_empty() || of.clone().next().is_some();
            let by_hand = writes && write(&mut state.draft.copy(), &name, &value).is_ok();
            Field {
                anchor: format!("field-{}", place + 1),
                findings: of.map(found).collect(),
                comments: said(docket, state, &name, zone),
                commands: match by_hand {
                    true => {
                        let (id, name) = (phrase::quoted(id), phrase::quoted(&name));
                        vec![format!("candor advisory edit {id} --field {name} --text TEXT --as YOU")]
                    }
                    false if writes && is_lacking => in_the_case(id, &state.draft.cases, &name),
                    false => Vec::new(),
                },
                label: label(&state.draft, &name),
                path: name,
                value: readable(&value, zone, docket.now),
            }
        })
        .collect()
}

/// How a field is written that comes from its case: recorded there, and then drafted anew.
fn in_the_case(id: &str, cases: &[String], field: &str) -> Vec<String> {
    let place = field
        .strip_prefix("vulnerabilities[")
        .and_then(|rest| rest.split_once("]."));
    let of = place.and_then(|(place, what)| Some((cases.get(place.parse::<usize>().ok()?)?, what)));
    let recorded = match of {
        Some((number, "cve")) => format!("candor case cve-assigned {} --id CVE --as YOU", phrase::quoted(number)),
        Some((number, "cwe")) => format!(
            "candor case impact-set {} --term TERM --cwe CWE --as YOU",
            phrase::quoted(number)
        ),
        _ => return Vec::new(),
    };
    vec![
        recorded,
        format!("candor advisory redraft {} --as YOU", phrase::quoted(id)),
    ]
}

/// Fields under their headings. What belongs together stands together, in the order in which it is first spoken of.
fn parts(fields: Vec<Field>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for field in fields {
        if !parts.iter().any(|part| part.name == field.label.part) {
            parts.push(Part {
                name: field.label.part.clone(),
                groups: Vec::new(),
            });
        }
        let Some(part) = parts.iter_mut().find(|part| part.name == field.label.part) else {
            continue;
        };
        match part.groups.iter_mut().find(|group| group.name == field.label.of) {
            Some(group) => group.fields.push(field),
            None => part.groups.push(Group {
                name: field.label.of.clone(),
                fields: vec![field],
            }),
        }
    }
    parts
}

/// A value with the instant at its beginning, if there is one, as people write it.
fn readable(value: &str, zone: &TimeZone, now: Timestamp) -> String {
    let (first, rest) = value.split_once(' ').unwrap_or((value, ""));
    match first.parse::<Timestamp>() {
        Ok(at) if rest.is_empty() => words::instant(at, zone, now),
        Ok(at) => format!("{}: {rest}", words::instant(at, zone, now)),
        Err(_) => value.to_owned(),
    }
}

fn found(finding: &Finding) -> Found {
    let accepted = finding.accepted.as_deref().map(|why| format!(" Accepted: {why}"));
    Found {
        kind: match finding.weight {
            Weight::Blocks => "blocks",
            Weight::NeedsReason | Weight::BlocksRecord => "reason",
            Weight::Hint => "hint",
        },
        weight: finding.weight.name(),
        source: finding.source.clone(),
        message: words::quotes(&format!("{}{}", finding.message, accepted.unwrap_or_default())),
    }
}

fn said(docket: &Docket<'_>, state: &AdvisoryState, field: &str, zone: &TimeZone) -> Vec<Said> {
    let of_field = state.comments.iter().filter(|comment| comment.field == field);
    let one = |comment: &Comment| Said {
        by: docket.name_of(&comment.by).to_owned(),
        when: words::moment(comment.at, zone, docket.now),
        iso: words::iso(comment.at, zone),
        about: format!("Comment {}, for the team", comment.id),
        text: comment.text.clone(),
        answers: comment
            .answers
            .iter()
            .map(|(by, at, text)| {
                let when = words::moment(*at, zone, docket.now);
                (docket.name_of(by).to_owned(), when, text.clone())
            })
            .collect(),
        settled: comment
            .resolved_by
            .as_deref()
            .map(|by| format!("Settled by {}.", docket.name_of(by)))
            .unwrap_or_default(),
    };
    of_field.map(one).collect()
}

/// What can be done next, each with its command.
fn commands(plain: &str, state: &AdvisoryState) -> Vec<(&'static str, String)> {
    let id = phrase::quoted(plain);
    let mut commands = Vec::new();
    let open = state.comments.iter().any(|comment| comment.resolved_by.is_none());
    let mut add = |what, command: String| commands.push((what, command));
    match stage(state) {
        "ordered, not on disk yet" if state.held_aside.is_some() => {
            add(
                "Give it back to its author",
                format!("candor advisory send-back {id} --why WHY --as YOU"),
            );
        }
        "ordered, not on disk yet" => add("Bring it into the tree", "candor publish --as YOU".to_owned()),
        _ => match state.stage {
            Stage::Draft => add(
                "Ask somebody to read it",
                format!("candor advisory review {id} --of NAME --as YOU"),
            ),
            Stage::Review => add("Approve it", format!("candor advisory approve {id} --as SECOND")),
            Stage::Approved | Stage::Scheduled => {
                add(
                    "Publish it now, by two people",
                    format!("candor advisory order {id} --as YOU --approved-by SECOND"),
                );
                add("Or to one level, or one party", audiences::command(plain));
                add(
                    "Or at an instant",
                    format!(
                        "candor advisory schedule {id} --at '2026-12-01 09:00 Europe/Zurich' --as YOU --approved-by SECOND"
                    ),
                );
            }
            Stage::Published => add(
                "Write the next version",
                format!("candor advisory redraft {id} --as YOU"),
            ),
            Stage::Withdrawn | Stage::Superseded => {}
        },
    }
    if open {
        add(
            "Settle a comment",
            format!("candor advisory resolve {id} NUMBER --as YOU"),
        );
    }
    if !state.stage.is_last() && state.stage != Stage::Published {
        add(
            "Say something on a field",
            format!("candor advisory comment {id} --field FIELD --text TEXT --as YOU"),
        );
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_in_the_case(field: &str, expect: &[&str]) {
        let cases = ["EXN-1".to_owned(), "EXN-2".to_owned()];
        assert_eq!(in_the_case("adv-1", &cases, field), expect, "{field}");
    }

    #[test]
    fn what_comes_from_the_case_says_how_it_is_recorded_there() {
        let redraft = "candor advisory redraft adv-1 --as YOU";
        check_in_the_case(
            "vulnerabilities[0].cve",
            &["candor case cve-assigned EXN-1 --id CVE --as YOU", redraft],
        );
        check_in_the_case(
            "vulnerabilities[1].cwe",
            &["candor case impact-set EXN-2 --term TERM --cwe CWE --as YOU", redraft],
        );
        for other in [
            "vulnerabilities[2].cve",
            "vulnerabilities[0].title",
            "vulnerabilities[x].cve",
            "title",
        ] {
            check_in_the_case(other, &[]);
        }
    }
}
