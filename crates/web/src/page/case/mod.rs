//! `/cases/{number}`: what it is, what is due and why, what is missing for the next phase, and the conversation.

mod embargo;
mod seen;
mod told;
mod track;

use super::inbox::{Lost, lost, protected};
use super::{Anchor, shell};
use crate::docket::{Docket, Standing};
use crate::due::Due;
use crate::severity::{self, Score, Sign};
use crate::{phrase, words};
use askama::Template;
use casework::{ListedFile, kept_in_words, listed_files, reporter_keys};
use embargo::{Embargo, embargo_of};
use jiff::Timestamp;
use psirt::case::missing::{self, Need};
use psirt::case::phase::Phase;
use psirt::case::signal::Signal;
use psirt::clock::{Obligation, groups, proof};
use psirt::event::Kind;
use seen::{Other, Seen, others, seen};
use told::{Message, Moment, Recorded, recent, recorded, talk};
use track::{Track, tracks};

const AHEAD: usize = 2;

#[derive(Template)]
#[template(path = "case.html")]
pub(crate) struct CasePage {
    shell: look::Desk,
    number: String,
    cve: Option<String>,
    aliases: Vec<String>,
    standing: String,
    tags: Vec<String>,
    advisories: Vec<Anchor>,
    title: String,
    /// Until when what reporters wrote and sent is kept, if that ends before the case does.
    kept_until: Option<String>,
    summary: String,
    phases: Vec<(String, &'static str)>,
    signals: Vec<SignalAt>,
    signals_now: String,
    band: Sign,
    band_clause: Option<(String, String)>,
    scores: Vec<Score>,
    tracks: Vec<Track>,
    embargo: Option<Embargo>,
    /// What scanners saw of it.
    seen: Vec<Seen>,
    /// Cases that may be the same vulnerability.
    others: Vec<Other>,
    recent: Vec<Moment>,
    ahead: Vec<Moment>,
    record: Vec<Recorded>,
    kept_words: String,
    dues: Vec<Proven>,
    parts: Vec<Part>,
    next_phase: Option<String>,
    met: usize,
    needs: Vec<NeedLine>,
    commands: Vec<String>,
    talk: Vec<Message>,
    files: Vec<FileLine>,
    files_words: String,
    terms: Vec<TermsLine>,
    /// Each message that came by mail, with how it was protected.
    protection: Vec<(String, String)>,
    /// The keys of each reporter who can be written to, in the order in which they are tried.
    /// Letters to its reporters that were given up.
    lost: Vec<Lost>,
    keys: Vec<KeysOf>,
    say: Vec<(&'static str, String)>,
}

struct SignalAt {
    word: &'static str,
    since: Option<(String, String)>,
}

struct Proven {
    due: Due,
    proof: Proof,
}

struct Proof {
    lead: String,
    sum: String,
    facts: Vec<(&'static str, String)>,
    readings: Vec<(String, String, String)>,
}

/// Promises that ask for nothing now.
struct Part {
    name: String,
    dues: Vec<Proven>,
}

/// A file, and the command that writes it out: a browser never gets it, since a proof of concept is malware by purpose.
struct FileLine {
    name: String,
    size: String,
    from: String,
    command: String,
}

/// What a form showed before it was sent, by the versions of the policy and of each text.
struct TermsLine {
    /// Which policy, in which version, for which report.
    lead: String,
    notices: Vec<NoticeLine>,
}

struct NoticeLine {
    clause: String,
    href: String,
    text: String,
}

/// The keys that are known of whoever sent a report.
struct KeysOf {
    number: String,
    /// Each with its fingerprint, if it is at hand, and from where it is.
    known: Vec<(Option<String>, String)>,
    /// What gives one, looks for one, and takes one back.
    commands: Vec<(&'static str, String)>,
}

struct NeedLine {
    text: String,
    done: bool,
    clause: Option<(String, String)>,
}

impl CasePage {
    /// The page of the case with this number; none if there is no such case.
    pub(crate) fn of(docket: &Docket<'_>, number: &str) -> Option<CasePage> {
        let (stream, _) = docket.board.case_of_number(number)?;
        let standing = &docket.standing(stream)?;
        let case = standing.case;
        let zone = standing.zone();
        let restricted = docket.board.is_restricted(case);
        let mut obligations = docket.board.obligations(case, docket.now);
        obligations.sort_by_key(|obligation| (Due::rank(obligation.state), obligation.due.is_none(), obligation.due));
        let (next, needs) = missing::missing(
            &case.facts,
            &case.view,
            &case.embargo,
            standing.policy,
            &obligations,
            docket.now,
        );
        let proven = |ranks: std::ops::RangeInclusive<u8>| -> Vec<Proven> {
            let all = groups(
                obligations
                    .iter()
                    .filter(|obligation| ranks.contains(&Due::rank(obligation.state))),
            );
            let proven = |group: Vec<&Obligation<'_>>| {
                Some(Proven {
                    due: Due::of(docket, standing, &group)?,
                    proof: proof_of(docket, standing, group.first()?),
                })
            };
            all.into_iter().filter_map(proven).collect()
        };
        let dues = proven(0..=1);
        let part = |rank: u8, one: &str, many: &str| {
            let dues = proven(rank..=rank);
            let name = format!(
                "{} {}",
                words::count(dues.len()),
                if dues.len() == 1 { one } else { many }
            );
            Part { name, dues }
        };
        let mut parts = vec![
            part(3, "is done", "are done"),
            part(2, "waits for something", "wait for something"),
            part(4, "no longer applies", "no longer apply"),
        ];
        parts.retain(|part| !part.dues.is_empty());
        let mut commands: Vec<String> = needs
            .iter()
            .filter(|need| !need.done)
            .filter_map(|need| command(standing, need))
            .collect();
        commands.dedup();
        Some(CasePage {
            shell: shell(docket, "/cases"),
            number: case.number.clone(),
            cve: case.view.cve.clone(),
            aliases: case.view.aliases.iter().map(|(id, _)| id.clone()).collect(),
            standing: standing_words(docket, standing),
            tags: case.view.flags.iter().map(|it| phrase::flag(*it)).collect(),
            advisories: advisories(docket, standing),
            title: standing.title(docket.board),
            kept_until: kept_in_words(docket.board, case, docket.now),
            summary: docket.board.given_title(case).1.to_owned(),
            phases: phases(standing.phase),
            signals: Signal::ALL
                .into_iter()
                .map(|signal| signal_at(docket, standing, signal))
                .collect(),
            signals_now: {
                let stand = Signal::ALL
                    .into_iter()
                    .filter(|signal| signal.since(&case.facts, docket.now).is_some());
                stand.map(Signal::name).collect::<Vec<_>>().join(", ")
            },
            band: severity::band(docket, standing),
            band_clause: standing.policy.and_then(|policy| {
                let clause = &policy.bands.as_ref()?.clause;
                Some((clause.clone(), docket.clause_href(policy, clause)))
            }),
            scores: severity::scores(docket, standing),
            tracks: tracks(docket, standing),
            embargo: embargo_of(docket, standing, &obligations),
            seen: seen(docket, standing),
            others: others(docket, standing),
            recent: recent(standing, &zone, docket.now),
            ahead: dues
                .iter()
                .filter(|proven| !proven.due.iso.is_empty() && proven.due.ring != "broken")
                .take(AHEAD)
                .map(ahead)
                .collect(),
            record: case
                .entries
                .iter()
                .map(|entry| recorded(entry, &zone, docket.now, restricted))
                .collect(),
            kept_words: {
                let done = proven(3..=3);
                let kept = done.iter().filter(|proven| proven.due.ring == "kept").count();
                format!(
                    "{}, {kept} kept",
                    words::plural(dues.len() + done.len(), "promise", "promises")
                )
            },
            dues,
            parts,
            next_phase: next.map(|phase| words::capital(phase.name())),
            met: needs.iter().filter(|need| need.done).count(),
            needs: needs
                .into_iter()
                .map(|need| need_line(docket, standing, need))
                .collect(),
            commands,
            talk: talk(docket, standing, &zone),
            files: listed_files(case, restricted)
                .map(|file| file_line(&case.number, file))
                .collect(),
            files_words: words::plural(case.view.files.len(), "file", "files"),
            terms: terms(docket, standing),
            protection: protection(docket, standing),
            lost: reports_of(docket, standing)
                .flat_map(|(_, report)| lost(docket, report))
                .collect(),
            keys: keys(docket, standing),
            say: vec![
                (
                    "Only the team reads it",
                    format!("{} ", phrase::command(&case.number, Kind::Noted, None))
                        .trim()
                        .to_owned(),
                ),
                (
                    "The reporter reads it",
                    phrase::command(&case.number, Kind::Messaged, None),
                ),
            ],
        })
    }
}

/// The messages of a case that came by mail, those that went on with a report of it too.
fn protection(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<(String, String)> {
    let reports = standing.case.reports.iter();
    let messages = reports.flat_map(|stream| {
        let answers = docket.board.answers_to(stream).into_iter().map(|(stream, _)| stream);
        std::iter::once(stream.as_str()).chain(answers)
    });
    let messages = messages.filter_map(|stream| docket.board.report(stream));
    let said = messages.map(|message| (message.number.clone(), protected(message)));
    said.filter(|(_, protection)| !protection.is_empty()).collect()
}

/// Of everybody who has a letter of ours, or a key: others are not written to.
fn keys(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<KeysOf> {
    let of_report = |(stream, report): (&str, &psirt::board::Report)| {
        let known: Vec<_> = reporter_keys(docket.board, stream)
            .into_iter()
            .map(|key| (key.fingerprint, words::capital(&key.origin.words())))
            .collect();
        let is_written_to = !known.is_empty() || !(report.letters.is_empty() || report.from.is_empty());
        let number = phrase::quoted(&report.number);
        let mut commands = vec![
            ("You have one", format!("candor mail key add {number} FILE --as YOU")),
            ("Ask their domain", format!("candor mail key find {number} --as YOU")),
        ];
        if !report.book.is_empty() {
            let drop = format!("candor mail key drop {number} FINGERPRINT --as YOU");
            commands.push(("Take one back that a person gave", drop));
        }
        is_written_to.then(|| KeysOf {
            number: report.number.clone(),
            known,
            commands,
        })
    };
    reports_of(docket, standing).filter_map(of_report).collect()
}

/// The reports of a case, with their streams.
fn reports_of<'d>(
    docket: &'d Docket<'_>,
    standing: &'d Standing<'_>,
) -> impl Iterator<Item = (&'d str, &'d psirt::board::Report)> {
    let reports = standing.case.reports.iter();
    reports.filter_map(|stream| Some((stream.as_str(), docket.board.report(stream)?)))
}

fn terms(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<TermsLine> {
    let reports = standing.case.reports.iter();
    let reports = reports.filter_map(|stream| docket.board.report(stream));
    let of_report = |report: &psirt::board::Report| {
        let terms = report.terms.as_ref()?;
        let policies = &docket.board.house.policies;
        let shown = policies
            .iter()
            .find(|policy| policy.front.id == terms.policy && policy.front.version == terms.version);
        let notice = |notice: &psirt::house::ShownNotice| {
            let said = match notice.holds {
                Some(true) => ": the reporter said that it holds",
                Some(false) => ": the reporter said that it does not hold",
                None => "",
            };
            NoticeLine {
                clause: notice.clause.clone(),
                href: shown.map_or_else(String::new, |policy| docket.clause_href(policy, &notice.clause)),
                text: format!("{}, version {}{said}", notice.id, notice.version),
            }
        };
        Some(TermsLine {
            lead: format!(
                "{} by the form, under {} {}",
                report.number, terms.policy, terms.version
            ),
            notices: terms.notices.iter().map(notice).collect(),
        })
    };
    reports.filter_map(of_report).collect()
}

/// A file of a restricted case has no name here: that may be somebody's own.
fn file_line(number: &str, file: ListedFile<'_>) -> FileLine {
    let file = match file {
        ListedFile::Whole(file) => file,
        ListedFile::Restricted { size } => {
            return FileLine {
                name: "A restricted file".to_owned(),
                size: size.to_owned(),
                from: "its name is restricted, too".to_owned(),
                command: format!("candor case show {number} --as YOU"),
            };
        }
    };
    FileLine {
        name: file.name.clone(),
        size: words::bytes(file.bytes),
        from: match &file.report {
            Some(report) => format!("came with {report}"),
            None => "added by the team".to_owned(),
        },
        command: format!(
            "candor case file {number} {} --out {} --as YOU",
            phrase::quoted(&file.name),
            phrase::quoted(&file.name)
        ),
    }
}

fn standing_words(docket: &Docket<'_>, standing: &Standing<'_>) -> String {
    let owner = docket.owner_of(standing);
    let policy = standing.policy.map_or_else(
        || "no policy".to_owned(),
        |policy| format!("policy {}, version {}", policy.front.id, policy.front.version),
    );
    format!("{owner} · {policy}")
}

fn advisories(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<Anchor> {
    let of_case = docket
        .board
        .advisories
        .iter()
        .filter(|(_, advisory)| advisory.draft.cases.contains(&standing.case.number));
    let anchor = |(id, advisory): (&String, &psirt::advisory::AdvisoryState)| Anchor {
        href: format!("/advisories#{}", words::url(id)),
        text: format!("Advisory, {}", advisory.stage.name()),
    };
    of_case.map(anchor).collect()
}

/// The path with what is behind and where the case is; a rejected case left the path.
fn phases(phase: Phase) -> Vec<(String, &'static str)> {
    if let Phase::Rejected(exit) = phase {
        let words = format!("Rejected: {}", exit.name().replace('-', " "));
        return vec![
            ("Received".to_owned(), "done"),
            ("Verifying".to_owned(), "done"),
            (words, "now"),
        ];
    }
    let at = phase.step();
    let step = |(index, on_path): (usize, Phase)| match index.cmp(&at) {
        std::cmp::Ordering::Less => (words::capital(on_path.name()), "done"),
        std::cmp::Ordering::Equal => (words::capital(phase.name()), if phase.open() { "now" } else { "done" }),
        std::cmp::Ordering::Greater => (words::capital(on_path.name()), "ahead"),
    };
    Phase::PATH.into_iter().enumerate().map(step).collect()
}

fn signal_at(docket: &Docket<'_>, standing: &Standing<'_>, signal: Signal) -> SignalAt {
    let zone = standing.zone();
    let day = |at: Timestamp| {
        (
            at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string(),
            words::iso(at, &zone),
        )
    };
    SignalAt {
        word: signal.name(),
        since: signal.since(&standing.case.facts, docket.now).map(day),
    }
}

fn ahead(proven: &Proven) -> Moment {
    let when = proven.due.when.split(", ").next().unwrap_or_default();
    let day = when.split_once(' ').map_or(when, |(_, day)| day);
    Moment {
        when: day.to_owned(),
        iso: proven.due.iso.clone(),
        text: proven.due.what.clone(),
    }
}

fn proof_of(docket: &Docket<'_>, standing: &Standing<'_>, obligation: &Obligation<'_>) -> Proof {
    let parts = proof::parts(obligation);
    let zone = standing.zone();
    let lead = match obligation.due {
        Some(due) if Due::rank(obligation.state) != 2 => format!("Due {} because", proof::moment(due, &zone)),
        Some(due) => format!("It would be due {} by", proof::moment(due, &zone)),
        _ => "No date yet, by".to_owned(),
    };
    let mut facts = vec![("Start", parts.start)];
    let mut add = |term, text: String| {
        if !text.is_empty() {
            facts.push((term, text));
        }
    };
    add(
        "Target",
        obligation.target.map(|at| proof::moment(at, &zone)).unwrap_or_default(),
    );
    add(
        "Not before",
        obligation
            .not_before
            .map(|at| proof::moment(at, &zone))
            .unwrap_or_default(),
    );
    add(
        "Late since",
        obligation
            .breached_at
            .map(|at| proof::moment(at, &zone))
            .unwrap_or_default(),
    );
    add("Facts", parts.facts);
    add("Ends by", parts.ends_by.replace('-', " "));
    add("Note", parts.notes.join(". "));
    let href = docket.clause_href(obligation.policy, &obligation.promise.clause);
    let policy = href.split('#').next().unwrap_or_default().to_owned();
    let of_reading = |id: &str| obligation.policy.readings.iter().find(|reading| reading.id == id);
    let reading = |(id, choice): (String, String)| {
        let clause = of_reading(&id)
            .map(|reading| words::url(&reading.clause))
            .unwrap_or_default();
        (id.replace('-', " "), choice, format!("{policy}#{clause}"))
    };
    Proof {
        lead,
        sum: parts.sum,
        facts,
        readings: parts.readings.into_iter().map(reading).collect(),
    }
}

fn need_line(docket: &Docket<'_>, standing: &Standing<'_>, need: Need) -> NeedLine {
    let clause = need.clause.zip(standing.policy).map(|(clause, policy)| {
        let clause = clause.trim_start_matches('§').to_owned();
        let href = docket.clause_href(policy, &clause);
        (clause, href)
    });
    NeedLine {
        text: need.text,
        done: need.done,
        clause,
    }
}

fn command(standing: &Standing<'_>, need: &Need) -> Option<String> {
    let lines = standing.case.facts.lines.iter().map(|line| line.name.as_str());
    let line = lines.into_iter().find(|name| need.text.ends_with(name));
    Some(phrase::record(&standing.case.number, need.event?, line))
}
