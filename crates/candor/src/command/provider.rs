//! `candor provider check`: is this a CSAF provider, by the requirements 1 to 20 of CSAF 2.0? Our own tree, a folder, or anybody's.
//!
//! Owns the words and the choice of where to read from. Judges nothing: `publish::provider` does.

use crate::cli::Global;
use crate::failure::{Failure, REFUSED};
use crate::output::Shown;
use crate::session::{self, Session};
use clap::{Args, Subcommand};
use fetch::{Client, Limits, Plain};
use jiff::Timestamp;
use publish::provider::{Finding, Folder, Level, Outcome, Provider, Report, Source, Verdict, check};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const USER_AGENT: &str = concat!("candor/", env!("CARGO_PKG_VERSION"));
/// Findings of one requirement that are shown to a person; `--json` has more.
const SHOWN: usize = 10;

/// What is done with providers.
#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Checks a CSAF provider by the requirements 1 to 20 of CSAF 2.0
    Check(Box<CheckArgs>),
}

/// What is checked.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// A domain, an address, or a folder; without one the published tree of each brand here
    #[arg(value_name = "URL|DIR")]
    what: Option<String>,
    /// The domain that the folder is, or holds a folder of
    #[arg(long, value_name = "DOMAIN")]
    host: Option<String>,
    /// Reads plain http on this machine's loopback, for a try; requirement 3 fails all the same
    #[arg(long)]
    allow_http: bool,
    /// Trusts the certificates of this PEM file, and not the public authorities
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl ProviderCommand {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let ProviderCommand::Check(args) = self;
        args.run(global, session)
    }
}

impl CheckArgs {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let now = global.now.unwrap_or_else(Timestamp::now);
        let reports = match &self.what {
            None => own(global, session)?,
            Some(what) if Path::new(what).is_dir() => folder(Path::new(what), self.host.as_deref(), now)?,
            Some(_) if self.host.is_some() => {
                return Err(Failure::usage("--host names the domain of a folder: name a folder too"));
            }
            Some(what) => {
                session::may_ask(global)?;
                vec![self.network(what, now)?]
            }
        };
        let passes = reports.iter().all(|(_, report)| report.passes());
        let text = reports
            .iter()
            .map(|(host, report)| told(host, report))
            .collect::<Vec<_>>();
        let json: Vec<Value> = reports.iter().map(|(host, report)| as_json(host, report)).collect();
        Ok(Shown::new(json, text.join("\n"))?.status(if passes { 0 } else { REFUSED }))
    }

    fn network(&self, what: &str, now: Timestamp) -> Result<(String, Report), Failure> {
        let provider = read(what)?;
        let plain = if self.allow_http {
            Plain::OnLoopback
        } else {
            Plain::Never
        };
        if what.starts_with("http://") && !self.allow_http {
            return Err(Failure::usage(format!(
                "`{what}` is plain http, which no provider may be: name it with https, or add --allow-http for a try on this machine"
            )));
        }
        let mut source = network(self.ca.as_deref(), Limits::default(), plain)?;
        Ok((provider.host().to_owned(), check(&mut source, &provider, now)))
    }
}

/// The network, trusting the authorities of a PEM file, or else the public ones.
pub(crate) fn network(ca: Option<&Path>, limits: Limits, plain: Plain) -> Result<Source, Failure> {
    let client = match ca {
        None => Client::new(USER_AGENT, limits, plain),
        Some(file) => {
            let unfit = |why: &dyn std::fmt::Display| Failure::usage(format!("--ca {}: {why}", file.display()));
            let pem = std::fs::read(file).map_err(|why| unfit(&why))?;
            Client::trusting(&pem, USER_AGENT, limits, plain).map_err(|why| unfit(&why))?
        }
    };
    Ok(Source::Https(Box::new(client)))
}

fn read(what: &str) -> Result<Provider, Failure> {
    Provider::read(what).ok_or_else(|| {
        Failure::usage(format!(
            "`{what}` is no folder, no domain and no address of a provider: write example.com, \
             https://example.com/…/provider-metadata.json, or the path of a folder"
        ))
    })
}

/// The published tree of each brand.
fn own(global: &Global, session: &mut Session) -> Result<Vec<(String, Report)>, Failure> {
    let house = session.house(global)?;
    let public = house.publisher.public();
    let domains: Vec<String> = {
        let board = house.casework.board();
        let keyed = board
            .house
            .brands
            .values()
            .filter(|brand| board.house.signing_key(&brand.id).is_some());
        keyed.map(|brand| brand.domain.clone()).collect()
    };
    if domains.is_empty() || !public.is_dir() {
        return Err(Failure::refused(
            "nothing is published here yet: run `candor publish`, or name a domain or a folder",
        ));
    }
    domains
        .iter()
        .map(|domain| of_hosts(&public, domain, house.now()))
        .collect()
}

/// A folder: of one host where `host` says so and no folder in it has that name, else each folder in it that looks like a domain's.
fn folder(root: &Path, host: Option<&str>, now: Timestamp) -> Result<Vec<(String, Report)>, Failure> {
    if let Some(host) = host {
        let provider = read(host)?;
        if root.join(provider.host()).is_dir() {
            return Ok(vec![of_hosts(root, host, now)?]);
        }
        let mut source = Source::Folder(Folder::of_host(root, provider.host()));
        return Ok(vec![(provider.host().to_owned(), check(&mut source, &provider, now))]);
    }
    let hosts = hosts(root)?;
    if hosts.is_empty() {
        return Err(Failure::usage(format!(
            "`{}` holds no folder named by a domain with a .well-known in it: say whose it is with --host DOMAIN",
            root.display()
        )));
    }
    hosts.iter().map(|host| of_hosts(root, host, now)).collect()
}

fn of_hosts(root: &Path, host: &str, now: Timestamp) -> Result<(String, Report), Failure> {
    let provider = read(host)?;
    let mut source = Source::Folder(Folder::of_hosts(root));
    Ok((host.to_owned(), check(&mut source, &provider, now)))
}

/// Names of the folders that are those of main domains.
fn hosts(root: &Path) -> Result<Vec<String>, Failure> {
    let entries = std::fs::read_dir(root).map_err(|error| Failure::file(root, &error))?;
    let paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let mut hosts: Vec<String> = paths
        .iter()
        .filter(|path| path.join(".well-known").is_dir())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .filter(|name| name.contains('.') && !name.starts_with('.') && !name.starts_with("csaf.data.security."))
        .filter(|name| !name.starts_with(documents::place::KEY_DIRECTORY_PREFIX))
        .collect();
    hosts.sort();
    Ok(hosts)
}

fn told(host: &str, report: &Report) -> String {
    let mut text = format!("{host}\n");
    // Without metadata only the ways to it say anything.
    let says = |outcome: &&Outcome| report.metadata.is_some() || (7..=10).contains(&outcome.requirement.number());
    for outcome in report.outcomes.iter().filter(says) {
        let requirement = outcome.requirement;
        let line = format!(
            "{:>2}  {:<11}  {}",
            requirement.number(),
            outcome.verdict.word(),
            requirement.name()
        );
        text.push_str(&format!("{line}\n"));
        outcome
            .findings
            .iter()
            .take(SHOWN)
            .for_each(|finding| text.push_str(&finding_line(finding)));
        let rest = outcome.findings.len().saturating_sub(SHOWN) + outcome.more;
        if rest > 0 {
            text.push_str(&format!("      and {rest} more\n"));
        }
    }
    for note in &report.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&format!("{}\n", conclusion(report)));
    text
}

fn finding_line(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Warning => "warning: ",
        Level::Error => "",
    };
    format!("      {level}{}: {}\n", finding.place, finding.message)
}

fn conclusion(report: &Report) -> String {
    if report.metadata.is_none() {
        return "This is no CSAF publisher: no provider-metadata.json was found.".to_owned();
    }
    let failed: Vec<String> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Error)
        .map(|outcome| outcome.requirement.number().to_string())
        .collect();
    // Nobody is a publisher by what nobody has seen: it only is not shown to be none.
    let (is, documents) = match report.documents {
        0 => (
            "As far as can be judged without a document, this is",
            "no document is named, so that there was none to judge".to_owned(),
        ),
        documents => ("This is", crate::words::count(documents, "document")),
    };
    let reached = match report.reached {
        Some(role) => format!("{is} a CSAF {role}"),
        None => "This is no CSAF publisher".to_owned(),
    };
    let claimed = match report.claimed {
        Some(role) if report.reached < Some(role) => format!(", and claims to be a {role}"),
        _ => String::new(),
    };
    let failed = match failed.as_slice() {
        [] => "no requirement fails".to_owned(),
        [one] => format!("requirement {one} fails"),
        some => format!("requirements {} fail", some.join(", ")),
    };
    format!("{reached}{claimed}: {documents}, {failed}.")
}

fn as_json(host: &str, report: &Report) -> Value {
    let finding = |finding: &Finding| {
        let level = match finding.level {
            Level::Warning => "warning",
            Level::Error => "error",
        };
        json!({ "level": level, "place": finding.place, "message": finding.message })
    };
    let outcome = |outcome: &Outcome| {
        json!({
            "number": outcome.requirement.number(),
            "name": outcome.requirement.name(),
            "verdict": outcome.verdict.word(),
            "findings": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
            "more": outcome.more,
        })
    };
    json!({
        "provider": host,
        "metadata": report.metadata,
        "claimed": report.claimed.map(|role| role.id()),
        "reached": report.reached.map(|role| role.id()),
        "passes": report.passes(),
        "documents": report.documents,
        "requirements": report.outcomes.iter().map(outcome).collect::<Vec<_>>(),
        "notes": report.notes,
    })
}
