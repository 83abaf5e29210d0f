//! What 128 Technology owes by severity: §T14 to §T27.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;
use crate::policy::block::notice::Shown;
use crate::policy::block::publish::{Content, Format, Status};

prove! { technology;
    clause_T14 = "T14", clause_T15 = "T15", clause_T16 = "T16", clause_T17 = "T17", clause_T18 = "T18", clause_T19 = "T19", clause_T20 = "T20",
    clause_T21 = "T21", clause_T22 = "T22", clause_T23 = "T23", clause_T24 = "T24", clause_T25 = "T25", clause_T26 = "T26", clause_T27 = "T27",
}

const OWN: &str = "confirmed = { origin = \"own\", products = [\"Sensor\", \"Router\"] }";
const THEIRS: &str = "confirmed = { origin = \"third-party\", products = [\"Sensor\", \"Router\"] }";
const NINE_EIGHT: &str =
    "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"provider\" }";
const FOUR_THREE: &str = "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N\", source = \"own\" }";
/// The lowest base score above zero that version 4.0 gives: 1.0.
const ONE: &str =
    "scored = { vector = \"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N\", source = \"own\" }";
const ZERO: &str = "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N\", source = \"own\" }";
const QUIET: &str = "judged = { public-attention = false, exploit = \"none\" }";
const LOUD: &str = "judged = { public-attention = true, exploit = \"available\" }";

/// An internal finding in two lines, confirmed and classified on Wednesday 25 November 2026 at 15:00 in New York, the day before Thanksgiving.
/// Three planned releases of Sensor lie ahead.
fn classified(events: &[&str]) -> String {
    let lines = "[[product]]\nname = \"Router\"\ndeployment = \"on-prem\"\n[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n\
        releases = [{ version = \"6.1\", date = 2026-11-30 }, { version = \"6.2\", date = 2026-12-15 }, { version = \"6.3\", date = 2027-03-15 }]\n";
    let events: String = events
        .iter()
        .map(|event| at("2026-11-25T15:00:00-05:00", event))
        .collect();
    lines.to_owned() + &at("2026-11-25T09:00:00-05:00", "received = { by = \"internal\" }") + &events
}

pub(super) fn clause_T14(policy: &Policy) -> Proof {
    let published = at("2026-11-30T09:00:00-05:00", "advisory-published = {}");
    refuses(policy, "T14", &(classified(&[OWN]) + &published))?;
    passes(policy, &(classified(&[OWN, CRITICAL]) + &published))?;
    told_by(
        policy,
        "T14",
        &classified(&[OWN, CRITICAL]),
        Vehicle::Portal,
        |publish| publish.fields == [Content::Scores],
    )
}

pub(super) fn clause_T15(policy: &Policy) -> Proof {
    told_by(
        policy,
        "T15",
        &classified(&[OWN, CRITICAL]),
        Vehicle::Portal,
        |publish| publish.fields == [Content::Calculator],
    )
}

/// The advisory says what our severity is not; an environment moves no band of ours.
pub(super) fn clause_T16(policy: &Policy) -> Proof {
    let mut shown = guidance::notices(policy, Shown::Advisory).filter(|notice| notice.clause == "T16");
    require(
        shown.any(|notice| notice.version == "1" && notice.text.contains("environmental")),
        "advisories explain the final score",
    )?;
    let at_home = CRITICAL.replace("A:H\"", "A:H/MC:N/MI:N/MA:N\"");
    require(
        band(policy, &classified(&[OWN, &at_home])) == Some("Critical"),
        "an environment that takes all impact away moves no band",
    )
}

/// The name of a score, and where its fix is told.
pub(super) fn clause_T17(policy: &Policy) -> Proof {
    const SCORES: [(&str, &str, Vehicle); 4] = [
        (CRITICAL, "Critical", Vehicle::Advisory),
        (MEDIUM, "Medium", Vehicle::ReleaseNote),
        (FOUR_THREE, "Informational", Vehicle::ReleaseNote),
        (ONE, "Informational", Vehicle::ReleaseNote),
    ];
    for (score, label, vehicle) in SCORES {
        let story = classified(&[OWN, score]);
        require(band(policy, &story) == Some(label), &format!("{score} is {label}"))?;
        let told: Vec<Vehicle> = vehicles(policy, "T17", &story, None)
            .iter()
            .map(|publish| publish.vehicle)
            .collect();
        require(told == [vehicle], &format!("{label} is told by {vehicle:?} alone"))?;
    }
    low_scores(policy)
}

/// The table begins at 1.0. By the reading 0.0 has no severity, so that nothing is owed by severity, and 0.7 is Informational; without it
/// nobody knows, and the promises of the highest band stay in sight.
pub(super) fn low_scores(policy: &Policy) -> Proof {
    let story = classified(&[OWN, ZERO]);
    require(
        band(policy, &story).is_none() && vehicles(policy, "T17", &story, None).is_empty(),
        "0.0 has no severity",
    )?;
    owes(
        policy,
        &story,
        "2026-11-25T16:00:00-05:00",
        "
        own-advisory-due case | absent
        own-medium-defect Sensor | absent",
    )?;
    let bands = policy.bands.as_ref();
    let seven_tenths = bands
        .and_then(|bands| bands.get(bands.of(7)?))
        .map(|band| band.label.as_str());
    require(seven_tenths == Some("Informational"), "0.7 is Informational")
}

/// Thanksgiving and a weekend do not count: 72 working hours from Wednesday at 15:00 are over on Tuesday at 15:00.
pub(super) fn clause_T18(policy: &Policy) -> Proof {
    let story = classified(&[OWN, CRITICAL]);
    owes(
        policy,
        &story,
        "2026-11-25T16:00:00-05:00",
        "
        own-advisory-due case | running | start 2026-11-25T15:00:00-05:00 | due 2026-12-01T15:00:00-05:00 | duty must",
    )?;
    let fixed = story
        + &at("2026-11-30T09:00:00-05:00", "advisory-published = {}")
        + &at("2026-12-10T09:00:00-05:00", "fix-released = { product = \"Sensor\" }");
    owes(
        policy,
        &fixed,
        "2026-12-10T10:00:00-05:00",
        "own-advisory-revised Sensor | running | due 2026-12-10T23:59:59-05:00 | duty must",
    )
}

/// Each line has its defect by the end of the next working day: Friday, after Thanksgiving.
pub(super) fn clause_T19(policy: &Policy) -> Proof {
    owes(
        policy,
        &classified(&[OWN, CRITICAL]),
        "2026-11-25T16:00:00-05:00",
        "
        own-high-defect Sensor | running | due 2026-11-27T23:59:59-05:00 | duty aims | proof.defect_priority high
        own-high-defect Router | running | due 2026-11-27T23:59:59-05:00 | proof.defect_priority high",
    )
}

/// The release of 30 November comes before the fix; the next one is owed, wherever it moves.
fn next_release(policy: &Policy, story: &str, promise: &str) -> Proof {
    owes(
        policy,
        story,
        "2026-11-25T16:00:00-05:00",
        &format!(
            "
        {promise} Sensor | dormant | due null
        {promise}-soon Sensor | running | due null | duty aims"
        ),
    )?;
    let ready = story.to_owned() + &at("2026-12-01T09:00:00-05:00", "fix-ready = { product = \"Sensor\" }");
    owes(
        policy,
        &ready,
        "2026-12-02T09:00:00-05:00",
        &format!("{promise} Sensor | running | due 2026-12-15T23:59:59-05:00 | duty must"),
    )?;
    let moved = ready
        + &at(
            "2026-12-03T09:00:00-05:00",
            "release-moved = { product = \"Sensor\", version = \"6.2\", date = 2026-12-21 }",
        );
    owes(
        policy,
        &moved,
        "2026-12-04T09:00:00-05:00",
        &format!("{promise} Sensor | running | due 2026-12-21T23:59:59-05:00"),
    )
}

pub(super) fn clause_T20(policy: &Policy) -> Proof {
    next_release(policy, &classified(&[OWN, CRITICAL]), "own-high-fix")
}

/// A defect of medium priority and a fix in six months, both without a breach.
pub(super) fn clause_T21(policy: &Policy) -> Proof {
    for (story, rule) in [
        (classified(&[OWN, MEDIUM]), "own-medium"),
        (classified(&[THEIRS, NINE_EIGHT, QUIET]), "third-party-normal"),
    ] {
        owes(
            policy,
            &story,
            "2026-11-25T16:00:00-05:00",
            &format!(
                "
            {rule}-defect Sensor | running | due 2026-11-27T23:59:59-05:00 | duty aims | proof.defect_priority medium
            {rule}-fix Sensor | running | due 2027-05-25T23:59:59-04:00 | duty aims"
            ),
        )?;
        owes(
            policy,
            &story,
            "2027-05-26T00:00:00-04:00",
            &format!("{rule}-fix Sensor | overdue"),
        )?;
    }
    Ok(())
}

pub(super) fn clause_T22(policy: &Policy) -> Proof {
    owes(
        policy,
        &classified(&[THEIRS]),
        "2026-11-25T16:00:00-05:00",
        "provider-score case | running | due null | duty aims",
    )?;
    let scored = classified(&[THEIRS, NINE_EIGHT]);
    owes(
        policy,
        &scored,
        "2026-11-25T16:00:00-05:00",
        "provider-score case | met | met_at 2026-11-25T15:00:00-05:00",
    )?;
    require(band(policy, &scored) == Some("Critical"), "the provider's score counts")?;
    told_by(policy, "T22", &scored, Vehicle::Portal, |publish| {
        publish.fields == [Content::Scores]
    })
}

/// A higher score than the provider's says why, and then it counts.
pub(super) fn clause_T23(policy: &Policy) -> Proof {
    let theirs = MEDIUM.replace("own", "provider");
    let adjusted = |why: &str| {
        let score = CRITICAL.replace("\"own\"", &format!("\"adjusted\"{why}"));
        classified(&[THEIRS, &theirs]) + &at("2026-11-26T09:00:00-05:00", &score)
    };
    refuses(policy, "T23", &adjusted(""))?;
    let reasoned = adjusted(", why = \"our default opens the port\"");
    passes(policy, &reasoned)?;
    require(band(policy, &reasoned) == Some("Critical"), "the adjusted score counts")?;
    told_by(policy, "T23", &reasoned, Vehicle::Portal, |publish| {
        publish.fields == [Content::Scores, Content::References]
    })
}

/// All three criteria make it High; without one of them it keeps its score and is treated as normal.
pub(super) fn clause_T24(policy: &Policy) -> Proof {
    let class = |judged: &str, score: &str| {
        let value = tell(&classified(&[THEIRS, score, judged]))
            .known(policy, None)
            .get(Fact::Class)?;
        Fact::Class.values().get(usize::from(value)).copied()
    };
    require(
        class(LOUD, NINE_EIGHT) == Some("high"),
        "attention, exploit and 9.8 are High",
    )?;
    require(
        class(&LOUD.replace("true", "false"), NINE_EIGHT) == Some("normal"),
        "without attention it is normal",
    )?;
    require(
        class(&LOUD.replace("available", "none"), NINE_EIGHT) == Some("normal"),
        "without an exploit it is normal",
    )?;
    require(
        class(LOUD, &MEDIUM.replace("own", "provider")) == Some("normal"),
        "with 5.4 it is normal",
    )
}

/// The clock starts when the last criterion becomes true: on Monday 30 November, for Thursday.
pub(super) fn clause_T25(policy: &Policy) -> Proof {
    let story = classified(&[THEIRS, NINE_EIGHT, &LOUD.replace("available", "none")])
        + &at(
            "2026-11-30T09:00:00-05:00",
            "exploit-public = { evidence = \"a module\" }",
        );
    owes(policy, &story, "2026-11-30T10:00:00-05:00", "
        third-party-advisory-due case | running | start 2026-11-30T09:00:00-05:00 | due 2026-12-03T09:00:00-05:00 | duty must")?;
    told_by(policy, "T25", &story, Vehicle::Advisory, |publish| {
        publish.status_without_fix == Some(Status::Interim)
    })?;
    let fixed = story
        + &at("2026-12-02T09:00:00-05:00", "advisory-published = {}")
        + &at("2026-12-10T09:00:00-05:00", "fix-released = { product = \"Sensor\" }");
    owes(
        policy,
        &fixed,
        "2026-12-10T10:00:00-05:00",
        "third-party-advisory-revised Sensor | running | due 2026-12-10T23:59:59-05:00",
    )
}

pub(super) fn clause_T26(policy: &Policy) -> Proof {
    let story = classified(&[THEIRS, NINE_EIGHT, LOUD]);
    owes(policy, &story, "2026-11-25T16:00:00-05:00", "
        third-party-high-defect Sensor | running | due 2026-11-27T23:59:59-05:00 | duty aims | proof.defect_priority high")?;
    next_release(policy, &story, "third-party-high-fix")
}

/// The release notes come with the release, whoever made the flaw.
pub(super) fn clause_T27(policy: &Policy) -> Proof {
    let released = at(
        "2026-12-15T09:00:00-05:00",
        "fix-released = { product = \"Sensor\", version = \"6.2\" }",
    );
    let own = classified(&[OWN, MEDIUM]);
    let theirs = classified(&[THEIRS, NINE_EIGHT, QUIET]);
    owes(
        policy,
        &(own.clone() + &released),
        "2026-12-15T10:00:00-05:00",
        "
        own-release-note-due Sensor | running | due 2026-12-15T23:59:59-05:00 | duty must",
    )?;
    owes(
        policy,
        &(theirs.clone() + &released),
        "2026-12-15T10:00:00-05:00",
        "
        third-party-normal-release-note Sensor | running | due 2026-12-15T23:59:59-05:00 | duty must",
    )?;
    told_by(policy, "T27", &theirs, Vehicle::ReleaseNote, |publish| {
        !publish.optional
    })?;
    told_by(policy, "T27", &own, Vehicle::ReleaseNote, |publish| {
        publish.optional && publish.formats == [Format::Csaf]
    })
}

/// Base scores of CVSS begin at 1.0, so a 0.7 comes from a threat score, where a reading lets that one decide.
#[test]
fn a_threat_score_of_seven_tenths_is_informational() {
    let score = "scored = { vector = \"CVSS:4.0/AV:A/AC:L/AT:P/PR:L/UI:P/VC:H/VI:L/VA:L/SC:L/SI:L/SA:L/E:U\", source = \"own\" }";
    let story = classified(&[OWN, score]);
    let label = |readings: &[(&str, &str)]| {
        let policy = shipped(&["128-technology"], readings).remove(0);
        band(&policy, &story).map(str::to_owned)
    };
    let threat_counts = ("severity-from", "base-and-temporal");
    assert_eq!(label(&[threat_counts]).as_deref(), Some("Informational"));
    assert_eq!(label(&[threat_counts, ("low-scores", "none")]), None);
    assert_eq!(label(&[("low-scores", "none")]).as_deref(), Some("Informational"));
}
