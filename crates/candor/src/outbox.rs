//! An entry of the outbox as files: what whoever delivers it by hand sends.
//!
//! Owns the rendering at delivery, from what is public and from nothing else ([`Outgoing`]). Never sends, and never keeps what it rendered.

use crate::face::{policy, whole};
use crate::failure::Failure;
use crate::keys::Keys;
use crate::publication::Out;
use crate::session::House;
use casework::Outgoing;
use documents::cve::{self, Weight};
use documents::page::{AdvisoryPage, Setting};
use documents::{gone, place, problem, text};
use psirt::advisory::{Advisory, Follow, Released};
use psirt::house::Brand;
use psirt::policy::Policy;
use psirt::policy::block::publish::Vehicle;

/// What is sent, and what whoever sends it should know.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// Names without a folder, and bytes.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The subject of a message: it tells nothing but which advisory it is.
    pub(crate) subject: Option<String>,
    /// Where it goes, where the policy says so.
    pub(crate) to: Option<String>,
    /// What is to be known.
    pub(crate) notes: Vec<String>,
}

/// How much waits of what is out now.
pub(crate) fn following(house: &House, out: &[Out]) -> usize {
    let board = house.casework.board();
    let states = board.advisories.values();
    let now_out = states.filter(|state| out.iter().any(|out| out.number == state.draft.number));
    now_out.map(|state| state.waiting_deliveries().count()).sum()
}

/// Renders what is delivered now.
///
/// # Errors
/// A key that does not sign here; a CVE record that breaks a rule, with the field; bytes that are not those that were signed.
pub(crate) async fn render(house: &House, outgoing: &Outgoing) -> Result<Rendered, Failure> {
    let brand = {
        let board = house.casework.board();
        let brand = board.house.brands.get(outgoing.brand()).cloned();
        brand.ok_or_else(|| Failure::machine(format!("there is no brand `{}`", outgoing.brand())))?
    };
    let mut rendered = match outgoing.follow() {
        Follow::Announce => announcement(house, outgoing, &brand)?,
        Follow::Cve(id) => record(outgoing, id, &brand)?,
        Follow::Cert(_) => document(house, outgoing, &brand).await?,
        Follow::Removal(_) => removal(house, outgoing, &brand)?,
    };
    rendered.notes.splice(..0, outgoing.notes().iter().cloned());
    Ok(rendered)
}

/// The text that is public now.
fn present(outgoing: &Outgoing) -> Result<&Advisory, Failure> {
    let released = outgoing.released().map(Released::advisory);
    released.ok_or_else(|| Failure::refused("nothing of this advisory is public any more"))
}

/// Who signs for a brand, and the policy that names its list.
fn voice(house: &House, brand: &Brand) -> Result<(Keys, Option<Policy>), Failure> {
    let (board, now) = (house.casework.board(), house.now());
    let keys = Keys::of(&board.house, brand, now)?;
    let keys =
        keys.ok_or_else(|| Failure::refused(format!("{0} has no key that signs: `candor brand key {0}`", brand.id)))?;
    Ok((keys, policy(&board, brand, now).map(|(policy, _)| policy)))
}

/// A text for the announce list, signed in place. `elsewhere` says where it is to be read if nothing signs here.
fn to_list(
    house: &House,
    (keys, policy): &(Keys, Option<Policy>),
    (name, text): (&str, &str),
    elsewhere: &str,
) -> Result<Rendered, Failure> {
    let signer = keys.signer().map_err(|why| {
        Failure::refused(format!(
            "the announcement cannot be signed here: {why}. Or sign the published text where the key is: {elsewhere}"
        ))
    })?;
    let signed = signer.sign_cleartext(text, house.now().as_second());
    let signed = signed.map_err(|error| Failure::machine(error.to_string()))?;
    let lists = policy.iter().flat_map(|policy| &policy.lists);
    let mut lists = lists.filter(|list| list.sends.contains(&Vehicle::Advisory));
    Ok(Rendered {
        files: vec![(name.to_owned(), signed.into_bytes())],
        to: lists.find_map(|list| list.address.clone()),
        ..Rendered::default()
    })
}

/// Word that a version was removed, for those who had it, signed in place: nothing of its text.
fn removal(house: &House, outgoing: &Outgoing, brand: &Brand) -> Result<Rendered, Failure> {
    let removed = outgoing.removed();
    let removed = removed.ok_or_else(|| Failure::refused("there is nothing left of the version that was removed"))?;
    let text = gone::letter(removed, brand, outgoing.released().map(Released::advisory));
    let left = place::url(brand, &place::gone_page(removed));
    let voice = voice(house, brand)?;
    Ok(Rendered {
        subject: Some(format!(
            "{}: security advisory {}, version {} was removed",
            brand.name, removed.number, removed.revision
        )),
        ..to_list(house, &voice, ("removal.txt", &text), &left)?
    })
}

/// The advisory as text, signed in place by the brand's key.
fn announcement(house: &House, outgoing: &Outgoing, brand: &Brand) -> Result<Rendered, Failure> {
    let advisory = present(outgoing)?;
    let voice = voice(house, brand)?;
    let (keys, policy) = &voice;
    let bytes = outgoing.version().map_or(0, |version| version.bytes);
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let page = AdvisoryPage::of(
        advisory,
        brand,
        &Setting::of(policy.as_ref()),
        &keys.fingerprint(),
        bytes,
    );
    let page = page.map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::refused(problems.join("; "))
    })?;
    let address = |path: &str| place::url(brand, path);
    let text = text::of(
        &page,
        &address(&place::page(advisory)),
        &address(&place::document(advisory)),
    );
    Ok(Rendered {
        subject: Some(subject(advisory, brand)),
        ..to_list(
            house,
            &voice,
            ("announcement.txt", &text),
            &address(&place::text(advisory)),
        )?
    })
}

/// Says which advisory it is and nothing of what it says: a subject is not encrypted, and stands in lists.
fn subject(advisory: &Advisory, brand: &Brand) -> String {
    let revision = advisory.revisions.last().filter(|_| advisory.revisions.len() > 1);
    let revised = revision.map_or(String::new(), |revision| format!(", version {}", revision.printed()));
    format!("{}: security advisory {}{revised}", brand.name, advisory.number)
}

/// What CVE Services take: the container of everything public that the brand says of the id.
fn record(outgoing: &Outgoing, id: &str, brand: &Brand) -> Result<Rendered, Failure> {
    let all: Vec<&Advisory> = outgoing
        .others()
        .iter()
        .chain(outgoing.released().map(Released::advisory))
        .collect();
    for advisory in &all {
        if let Err(problems) = problem::check(advisory, brand) {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(Failure::refused(format!(
                "{}: {}",
                advisory.number,
                problems.join("; ")
            )));
        }
    }
    let statements = cve::statements(&all);
    let told = statements.get(id).map(Vec::as_slice).unwrap_or_default();
    let container = cve::container(told, brand).ok_or_else(|| {
        Failure::refused(format!(
            "what is public of {id} says of no product that it is affected: such a record is not submitted; reject the id with CVE Services (CNA rule 5.1.3)"
        ))
    })?;
    let mut lines = told.iter().flat_map(|one| &one.vulnerability.lines);
    let findings = cve::check(&container, id, lines.all(|line| line.deployment == "saas"));
    let (must, later): (Vec<_>, Vec<_>) = findings.into_iter().partition(|found| found.weight == Weight::Must);
    if !must.is_empty() {
        let must: Vec<String> = must.iter().map(ToString::to_string).collect();
        return Err(Failure::refused(format!(
            "the record of {id} is not to be submitted like this:\n{}\nCorrect the advisory and publish its next version, or `candor outbox skip`",
            must.join("\n")
        )));
    }
    Ok(Rendered {
        files: vec![(format!("{id}.json"), cve::submission(&container))],
        notes: later
            .iter()
            .map(|found| format!("To be completed later: {found}"))
            .collect(),
        ..Rendered::default()
    })
}

/// The document as it is public, with its signature.
async fn document(house: &House, outgoing: &Outgoing, brand: &Brand) -> Result<Rendered, Failure> {
    let advisory = present(outgoing)?;
    let gone = || {
        Failure::refused(format!(
            "the bytes of {} are not kept here; take the public ones: {}",
            advisory.number,
            place::url(brand, &place::document(advisory))
        ))
    };
    let version = outgoing.version().ok_or_else(gone)?;
    let kept = house.casework.kept_bytes(version).await?.ok_or_else(gone)?;
    let fixed = whole(kept, &version.sha256, &advisory.number)?;
    let path = place::document(advisory);
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    Ok(Rendered {
        files: vec![
            (name.clone(), fixed.json),
            (format!("{name}.asc"), fixed.signature.into_bytes()),
        ],
        subject: Some(subject(advisory, brand)),
        ..Rendered::default()
    })
}
