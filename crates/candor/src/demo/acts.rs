//! The script: what happens in the two houses' cases, as command lines.
//!
//! Owns the story and its dates. Never computes a date that a policy gives: it reads the scheduled day from `case show`.

use super::stage::Stage;
use crate::failure::Failure;
use serde_json::Value;

/// Tracking numbers, by their part in the story.
#[derive(Default)]
pub(super) struct Cast {
    /// Command injection in two lines: in scope.
    injection: String,
    /// Headers that are missing: out of scope.
    headers: String,
    /// A cookie flag that costs a session: out of scope, but for its exception.
    cookie: String,
    /// A flaw in somebody else's component.
    component: String,
    /// The same flaw as the first, from somebody else.
    duplicate: String,
    /// A router that answers, as it should.
    ping: String,
    /// A critical flaw that the vendor found itself.
    router: String,
    /// What is still open at the end.
    open: Vec<String>,
}

impl Cast {
    /// Every number, in the order of arrival.
    pub(super) fn numbers(&self) -> Vec<&str> {
        let told = [
            &self.injection,
            &self.headers,
            &self.cookie,
            &self.component,
            &self.duplicate,
            &self.ping,
            &self.router,
        ];
        told.into_iter().chain(&self.open).map(String::as_str).collect()
    }
}

type Told = Result<(), Failure>;

/// Plays the whole story.
pub(super) fn play(stage: &mut Stage<'_, '_>) -> Result<Cast, Failure> {
    house(stage)?;
    let mut cast = Cast::default();
    reports(stage, &mut cast)?;
    triage(stage, &cast)?;
    confirm(stage, &cast)?;
    refusals(stage, &cast)?;
    interim(stage, &cast)?;
    service(stage, &cast)?;
    fixes(stage, &cast)?;
    publication(stage, &cast)?;
    running(stage, &mut cast)?;
    Ok(cast)
}

fn house(stage: &mut Stage<'_, '_>) -> Told {
    stage.act("A house with two brands")?;
    stage.run("init --name \"Two brands\" --simulated-clock 2026-01-05T08:00:00+01:00")?;
    stage.say("People are roles here. The first one may be added by anybody; after that an administrator adds them, and reads no case.")?;
    stage.run("person add administrator --name Administrator --role administrator --as administrator")?;
    for (id, name, role) in [
        ("analyst", "Analyst", "analyst"),
        ("lead", "Lead", "lead"),
        ("publisher", "Publisher", "lead"),
    ] {
        stage.run(&format!(
            "person add {id} --name {name} --role {role} --as administrator"
        ))?;
    }
    stage.say("Two brands are two publishers: each has its policy, its numbers and its key.")?;
    stage.run("brand add nozomi-networks --name \"Nozomi Networks\" --domain nozomi-networks.example --policy nozomi-networks --prefix NN --contact prodsec@nozomi-networks.example --contact-details \"The Product Security Incident Response Team of Nozomi Networks.\" --as administrator")?;
    stage.run("brand add 128-technology --name \"128 Technology\" --domain 128-technology.example --policy 128-technology --prefix 128T --pattern {prefix}-{year}-{seq:3} --contact security@128-technology.example --contact-details \"The security team of 128 Technology.\" --as administrator")?;
    stage.run("brand key nozomi-networks --as administrator")?;
    stage.run("brand key 128-technology --as administrator")?;
    stage.say("Reports are encrypted to another key: Candor opens them, and mail programs find it.")?;
    stage.run("key make --brand nozomi-networks --intake --as administrator")?;
    stage.run("key make --brand 128-technology --intake --as administrator")?;
    for (line, brand, deployment) in [
        ("Sensor 24", "nozomi-networks", "on-prem"),
        ("Sensor 25", "nozomi-networks", "on-prem"),
        ("Cloud Console", "nozomi-networks", "saas"),
        ("Router 6", "128-technology", "on-prem"),
        ("Conductor", "128-technology", "on-prem"),
    ] {
        stage.run(&format!(
            "product add \"{line}\" --brand {brand} --deployment {deployment} --as lead"
        ))?;
    }
    stage.say("A policy takes effect by the act of two people; one alone is refused.")?;
    stage.refused("policy adopt nozomi-networks --as lead", "act of two people")?;
    for policy in ["nozomi-networks", "128-technology", "cra-article-14"] {
        stage.run(&format!("policy adopt {policy} --as lead --approved-by publisher"))?;
    }
    stage.say("Planned releases are facts of a line: some clauses count to the next one.")?;
    for (line, version, date) in [
        ("Sensor 25", "25.2", "2026-02-16"),
        ("Sensor 24", "24.9", "2026-02-23"),
        ("Router 6", "6.3", "2026-02-17"),
    ] {
        stage.run(&format!(
            "line release-planned \"{line}\" --version {version} --date {date} --as analyst"
        ))?;
    }
    Ok(())
}

/// Takes a report in and acknowledges it a minute later.
fn report(stage: &mut Stage<'_, '_>, minute: &str, options: &str, text: &str) -> Result<String, Failure> {
    arrive(stage, &format!("2026-01-05T{minute}"), "+01:00", options, text)
}

/// Takes a report in at a minute of any day.
fn arrive(stage: &mut Stage<'_, '_>, minute: &str, offset: &str, options: &str, text: &str) -> Result<String, Failure> {
    stage.at(&format!("{minute}:00{offset}"))?;
    let received = stage.run_with(&format!("report - {options} --as analyst"), text)?;
    let number = received
        .get("number")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    stage.at(&format!("{minute}:45{offset}"))?;
    stage.run(&format!("case acknowledged {number} --as analyst"))?;
    Ok(number)
}

fn reports(stage: &mut Stage<'_, '_>, cast: &mut Cast) -> Told {
    stage.act("Reports come in")?;
    stage.say("Each is sealed, numbered and on disk before its number is printed. §N18 promises the number as soon as the report is here; the reading says within five minutes.")?;
    cast.injection = report(
        stage,
        "08:30",
        "--product \"Sensor 25\" --product \"Sensor 24\" --reporter external:r1 --from r1@reporters.example",
        "Command injection by the name of a backup\n\nWhoever may upload a backup can run shell commands on the sensor: the name of the file reaches a shell. Tested on 25.1.1 and 24.8.\n",
    )?;
    cast.headers = report(
        stage,
        "08:40",
        "--product \"Cloud Console\" --reporter external:r2 --from r2@reporters.example",
        "Security headers are missing\n\nThe console sends no Strict-Transport-Security and no Content-Security-Policy header.\n",
    )?;
    cast.cookie = report(
        stage,
        "08:50",
        "--product \"Cloud Console\" --reporter customer:c7 --from c7@customers.example",
        "Session cookie without HttpOnly flag\n\nThe cookie lacks HttpOnly, and the search page reflects script: together another user's session can be taken. A working example is attached.\n",
    )?;
    cast.component = report(
        stage,
        "09:00",
        "--product \"Sensor 25\" --reporter internal",
        "Overflow in a component\n\nThe supplier of `archive-reader`, which the sensor contains in version 2.4, has disclosed an overflow.\n",
    )?;
    cast.duplicate = report(
        stage,
        "09:10",
        "--product \"Sensor 25\" --reporter external:r5 --from r5@reporters.example",
        "Shell commands in file names\n\nA backup whose name holds a semicolon runs a command on the sensor.\n",
    )?;
    cast.ping = report(
        stage,
        "09:20",
        "--product \"Router 6\" --reporter external:r6 --from r6@reporters.example",
        "The router answers to echo requests\n\nIt can be found in the network by pinging it.\n",
    )?;
    cast.router = report(
        stage,
        "09:30",
        "--product \"Router 6\" --reporter internal",
        "Authentication is skipped on one path of the management interface\n\nFound by our own tests of the next release.\n",
    )?;
    stage.say("The second report about the backups joins the first: one case, two reporters, both acknowledged.")?;
    stage.at("2026-01-05T10:00:00+01:00")?;
    stage
        .run(&format!("case join {} {} --as analyst", cast.duplicate, cast.injection))
        .map(|_| ())
}

fn triage(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("Triage: questions of scope, answered by a person")?;
    stage.say("Headers: an entry of the list describes the report and nothing beyond it. Nothing is out of scope by itself, so the answer comes before the rejection.")?;
    let number = &cast.headers;
    stage.at("2026-01-05T14:00:00+01:00")?;
    stage.run(&format!("case triage {number} --as analyst"))?;
    stage.refused(
        &format!("case rejected {number} --exit out-of-scope --clause N34.15 --as analyst"),
        "refused by §",
    )?;
    stage.run(&format!(
        "case scope-decided {number} --out --clause N34.15 --as analyst"
    ))?;
    stage.run(&format!(
        "case rejected {number} --exit out-of-scope --clause N34.15 --as analyst"
    ))?;
    stage.run(&format!(
        "case reported-back {number} --reporter external:r2 --as analyst"
    ))?;
    stage.say("The cookie: §N34.6 leaves missing flags out, unless a vulnerability follows from them directly. One does, so it stays in scope.")?;
    let number = &cast.cookie;
    stage.run(&format!("case triage {number} --as analyst"))?;
    stage.run(&format!(
        "case scope-decided {number} --out=false --clause N34.6 --exception direct-vulnerability --as analyst"
    ))?;
    stage.say(
        "The other brand's policy is another text: both parts of its definition are answered, and the reporter hears the result, before the case is turned down.",
    )?;
    let number = &cast.ping;
    stage.run(&format!("case reviewed {number} --as analyst"))?;
    for part in ["functionality", "confidentiality"] {
        stage.run(&format!(
            "case answered {number} --clause T2 --question {part} --answer no --as analyst"
        ))?;
    }
    stage.refused(
        &format!("case rejected {number} --exit not-a-vulnerability --clause T2 --as analyst"),
        "refused by §",
    )?;
    stage.run(&format!(
        "case reported-back {number} --reporter external:r6 --as analyst"
    ))?;
    stage
        .run(&format!(
            "case rejected {number} --exit not-a-vulnerability --clause T2 --as analyst"
        ))
        .map(|_| ())
}

fn confirm(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("Confirmed and scored: from here the clocks run")?;
    stage.say("The injection, in two lines of the first brand. Each line has its own clock for its own fix.")?;
    let number = &cast.injection;
    stage.at("2026-01-06T10:00:00+01:00")?;
    stage.run(&format!(
        "case confirmed {number} --origin own --products \"Sensor 25,Sensor 24\" --as analyst"
    ))?;
    stage.run(&format!(
        "case scored {number} --vector CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H --source own --as analyst"
    ))?;
    stage.run(&format!(
        "case impact-set {number} --term code-execution --cwe CWE-78 --as analyst"
    ))?;
    stage.say("It gets a CVE id. Those of 1900 are for examples, and no registry takes them.")?;
    stage.run(&format!("case cve-assigned {number} --id CVE-1900-0001 --as analyst"))?;
    stage.show(number)?;
    stage.say("Every date has its proof: the clause, the reading of an ambiguous sentence, the facts, the sum.")?;
    stage.prove(number)?;

    stage.say("The component: somebody else's code, with the score of its provider. Until the supplier has a fix, that is a fact too.")?;
    let number = &cast.component;
    stage.at("2026-01-06T10:30:00+01:00")?;
    stage.run(&format!(
        "case upstream-disclosed {number} --component archive-reader --as analyst"
    ))?;
    stage.run(&format!(
        "case confirmed {number} --origin third-party --products \"Sensor 25\" --as analyst"
    ))?;
    stage.run(&format!("case component-shipped {number} --product \"Sensor 25\" --version 25.1 --component archive-reader --component-version 2.4 --as analyst"))?;
    stage.run(&format!(
        "case scored {number} --vector CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H --source provider --as analyst"
    ))?;
    stage.run(&format!(
        "case impact-set {number} --term overflow --cwe CWE-122 --as analyst"
    ))?;
    stage.run(&format!("case upstream-decision {number} --choice wait --review-by 2026-02-05 --why \"The supplier has announced a fix for January.\" --as analyst"))?;
    stage.show(number)?;

    stage.say("The cookie, in a service: a workaround within 24 hours, the fix within 30 days.")?;
    let number = &cast.cookie;
    stage.at("2026-01-06T11:00:00+01:00")?;
    stage.run(&format!(
        "case confirmed {number} --origin own --products \"Cloud Console\" --as analyst"
    ))?;
    stage.run(&format!(
        "case scored {number} --vector CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N --source own --as analyst"
    ))?;
    stage.run(&format!(
        "case impact-set {number} --term gain-privileges --cwe CWE-79 --as analyst"
    ))?;
    stage.show(number)?;

    stage.say("The router of the second brand: critical, and found by the vendor. Its policy promises an advisory within 72 working hours, fix or no fix.")?;
    let number = &cast.router;
    stage.at("2026-01-06T16:00:00+01:00")?;
    stage.run(&format!(
        "case confirmed {number} --origin own --products \"Router 6\" --as analyst"
    ))?;
    stage.run(&format!(
        "case scored {number} --vector CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H --source own --as analyst"
    ))?;
    stage.run(&format!(
        "case impact-set {number} --term bypass --cwe CWE-306 --as analyst"
    ))?;
    stage.run(&format!(
        "case defect-created {number} --product \"Router 6\" --priority high --as analyst"
    ))?;
    stage.run(&format!("case cve-assigned {number} --id CVE-1900-0002 --as analyst"))?;
    stage.show(number)?;
    stage.prove(number)?;

    stage.say("In the evening the service has its workaround, well within its 24 hours.")?;
    stage.at("2026-01-06T20:00:00+01:00")?;
    stage
        .run(&format!(
            "case workaround-provided {} --product \"Cloud Console\" --as analyst",
            cast.cookie
        ))
        .map(|_| ())
}

fn refusals(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("What the policy does not let anybody do")?;
    stage.say("No clause allows a pause, so there is none; a date is moved by a reason and two people.")?;
    stage.refused(
        &format!("case pause-asked {} --rule onprem-high-fix --as lead", cast.injection),
        "refused by §N3",
    )?;
    stage.refused(
        &format!(
            "case overridden {} --rule onprem-high-fix --due 2026-06-30 --why \"The team is small.\" --as lead",
            cast.injection
        ),
        "refused by §N3",
    )?;
    stage.say("An administrator is told no more than that there is no such case.")?;
    stage.refused(
        &format!("case show {} --as administrator", cast.injection),
        "no such case, or not for you",
    )
}

/// Writes, reviews, approves and orders an advisory.
fn advise(stage: &mut Stage<'_, '_>, number: &str, words: &str) -> Result<String, Failure> {
    let draft = stage.run(&format!("advisory draft {number} {words} --as analyst"))?;
    let id = draft.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    stage.run(&format!("advisory review {id} --as analyst"))?;
    stage.run(&format!("advisory approve {id} --as lead"))?;
    Ok(id)
}

fn interim(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("An advisory within 72 working hours, before there is a fix")?;
    let number = &cast.router;
    stage.at("2026-01-08T16:00:00+01:00")?;
    let words = "--title \"Authentication bypass in the management interface of Router 6\" --summary \"One path of the management interface does not ask for credentials. Whoever reaches it controls the router.\" --workaround \"Allow access to the management interface from trusted networks only.\"";
    stage.say("Nobody approves what they wrote.")?;
    let draft = stage.run(&format!("advisory draft {number} {words} --as lead"))?;
    let id = draft.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    stage.refused(&format!("advisory approve {id} --as lead"), "its author cannot approve")?;
    stage.run(&format!("advisory approve {id} --as publisher"))?;
    stage.run(&format!("advisory order {id} --as lead --approved-by publisher"))?;
    stage.run("publish")?;
    stage.say("The announce list is promised it within a day. What is public and not told yet waits in the outbox; Candor sends nothing by itself, a person sends the signed text.")?;
    hand_over(stage, &format!("{id}/1"))?;
    stage.show(number).map(|_| ())
}

fn service(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("A service is fixed")?;
    let number = &cast.cookie;
    stage.at("2026-01-15T09:00:00+01:00")?;
    stage.say("A fix in a service counts when every tenant has it.")?;
    stage.run(&format!(
        "case fix-deployed {number} --product \"Cloud Console\" --tenants 12/40 --as analyst"
    ))?;
    stage.at("2026-01-20T09:00:00+01:00")?;
    stage.run(&format!(
        "case fix-deployed {number} --product \"Cloud Console\" --tenants all --as analyst"
    ))?;
    stage.run(&format!(
        "case credit {number} --reporter customer:c7 --choice no --as analyst"
    ))?;
    stage.run(&format!(
        "case reported-back {number} --reporter customer:c7 --as analyst"
    ))?;
    stage.show(number)?;
    stage.say("For a service there is no wait of ninety days: the advisory is due on the same working day.")?;
    let id = advise(
        stage,
        number,
        "--title \"Session takeover in Cloud Console\" --summary \"The session cookie could be read by a script that the search page reflected. All tenants have the fix.\"",
    )?;
    stage.run(&format!("advisory order {id} --as lead --approved-by publisher"))?;
    stage.run("publish")?;
    stage.show(number).map(|_| ())
}

fn fixes(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("Fixes ship")?;
    stage.at("2026-01-21T09:00:00+01:00")?;
    stage.run(&format!(
        "case upstream-fix-released {} --component archive-reader --version 2.5 --as analyst",
        cast.component
    ))?;
    stage.run(&format!("case workaround-provided {} --as analyst", cast.injection))?;
    stage.run(&format!(
        "case fix-ready {} --product \"Router 6\" --as analyst",
        cast.router
    ))?;
    stage.say("Who reported it may look at the fix before it ships.")?;
    stage.run(&format!("case validation-asked {} --as analyst", cast.router))?;
    stage.at("2026-01-30T09:00:00+01:00")?;
    stage.run(&format!(
        "case validation-answered {} --answer validated --as analyst",
        cast.router
    ))?;
    stage.say("Sensor 25 ships with two fixes. A release names the cases that it fixes.")?;
    stage.at("2026-02-16T10:00:00+01:00")?;
    stage.run(&format!(
        "line release-shipped \"Sensor 25\" --version 25.2 --fixes {},{} --as analyst",
        cast.injection, cast.component
    ))?;
    stage.run(&format!("case component-shipped {} --product \"Sensor 25\" --version 25.2 --component archive-reader --component-version 2.5 --as analyst", cast.component))?;
    stage.show(&cast.injection)?;
    stage.say("Router 6 ships at its planned release, and its advisory is revised on the same day.")?;
    let number = &cast.router;
    stage.at("2026-02-17T16:00:00+01:00")?;
    stage.run(&format!(
        "line release-shipped \"Router 6\" --version 6.3 --fixes {number} --as analyst"
    ))?;
    let advisories = stage.quietly("advisory list --as lead")?;
    let id = advisory_of(&advisories, "Router 6")?;
    stage.run(&format!("advisory redraft {id} --title \"Authentication bypass in the management interface of Router 6\" --summary \"One path of the management interface does not ask for credentials. Whoever reaches it controls the router. Router 6.3 has the fix.\" --workaround \"Allow access to the management interface from trusted networks only.\" --as analyst"))?;
    stage.run(&format!("advisory approve {id} --as publisher"))?;
    stage.run(&format!(
        "advisory order {id} --summary \"Router 6.3 has the fix.\" --as lead --approved-by publisher"
    ))?;
    stage.run("publish")?;
    stage.show(number)?;
    stage.at("2026-02-23T10:00:00+01:00")?;
    stage.run(&format!(
        "line release-shipped \"Sensor 24\" --version 24.9 --fixes {} --as analyst",
        cast.injection
    ))?;
    stage.show(&cast.injection).map(|_| ())
}

/// Writes an entry of the outbox as files, and records that somebody sent them.
fn hand_over(stage: &mut Stage<'_, '_>, entry: &str) -> Told {
    let folder = stage.dir.join("outbox").join(entry.replace('/', "-"));
    stage.run(&format!(
        "outbox take {entry} --to \"{}\" --as analyst",
        folder.display()
    ))?;
    stage.run(&format!("outbox done {entry} --as analyst")).map(|_| ())
}

/// What waits in the outbox: the list is told of the last revision, and records of example ids go nowhere.
fn outbox(stage: &mut Stage<'_, '_>) -> Told {
    let waiting = stage.run("outbox --as analyst")?;
    for entry in waiting.as_array().into_iter().flatten() {
        let Some(id) = entry["id"].as_str() else { continue };
        if entry["what"] == "announce" {
            hand_over(stage, id)?;
            continue;
        }
        let take = format!(
            "outbox take {id} --to \"{}\" --as analyst",
            stage.dir.join("outbox").display()
        );
        stage.refused(&take, "is an example id, which no service takes")?;
        stage.run(&format!(
            "outbox skip {id} --why \"The demonstration is no CNA.\" --as lead"
        ))?;
    }
    Ok(())
}

/// The id of the advisory whose title holds a word.
fn advisory_of(advisories: &Value, word: &str) -> Result<String, Failure> {
    let found = advisories
        .as_array()
        .into_iter()
        .flatten()
        .find(|advisory| advisory["title"].as_str().is_some_and(|title| title.contains(word)));
    let id = found.and_then(|advisory| advisory["id"].as_str());
    id.map(str::to_owned)
        .ok_or_else(|| Failure::machine(format!("there is no advisory on {word}")))
}

fn publication(stage: &mut Stage<'_, '_>, cast: &Cast) -> Told {
    stage.act("Ninety days go by")?;
    stage.say(
        "The advisory is ready at once. The policy holds it back for ninety days after the last line was fixed.",
    )?;
    let number = &cast.injection;
    stage.at("2026-02-24T09:00:00+01:00")?;
    for (reporter, choice) in [
        ("external:r1", "yes --credit-as \"an independent researcher\""),
        ("external:r5", "no"),
    ] {
        stage.run(&format!(
            "case credit {number} --reporter {reporter} --choice {choice} --as analyst"
        ))?;
        stage.run(&format!(
            "case reported-back {number} --reporter {reporter} --as analyst"
        ))?;
    }
    let injection = advise(
        stage,
        number,
        "--title \"Command injection by the name of a backup\" --summary \"Whoever may upload a backup can run shell commands on the sensor.\" --affected \"Sensor 25=25.0 to 25.1.1\" --affected \"Sensor 24=all versions before 24.9\"",
    )?;
    stage.refused(
        &format!("advisory order {injection} --as lead --approved-by publisher"),
        "refused by §N13",
    )?;
    let component = advise(
        stage,
        &cast.component,
        "--title \"Overflow in the component archive-reader\" --summary \"A crafted archive overflows a buffer of the component archive-reader, which the sensor contains.\" --affected \"Sensor 25=all versions before 25.2\"",
    )?;
    stage.say("The hold ends on a Sunday, so the advisory is scheduled for the next working day; the calendar of the policy knows which one that is.")?;
    out_on_schedule(stage, &cast.component, &component)?;
    out_on_schedule(stage, number, &injection)?;
    stage.say("What follows a publication: the list, and the records of ids that the brand assigned.")?;
    outbox(stage)?;
    for number in [number, &cast.component, &cast.cookie, &cast.router] {
        stage.run(&format!("case closed {number} --as lead"))?;
    }
    stage.say("What is public is verified once more, as a stranger would; and the journal, row by row.")?;
    stage.run("publish --verify")?;
    stage.run("journal verify").map(|_| ())
}

/// Lets time pass to the scheduled day of a case's advisory, and publishes it.
fn out_on_schedule(stage: &mut Stage<'_, '_>, number: &str, id: &str) -> Told {
    let shown = stage.show(number)?;
    let rows = shown.get("obligations").and_then(Value::as_array);
    let hold = rows.into_iter().flatten().find(|row| row["rule"] == "advisory-hold");
    let scheduled = hold.and_then(|row| row["scheduled"].as_str());
    let scheduled = scheduled
        .ok_or_else(|| Failure::machine(format!("{number} has no scheduled day")))?
        .to_owned();
    stage.at(&scheduled)?;
    stage.run(&format!("advisory order {id} --as lead --approved-by publisher"))?;
    stage.run("publish")?;
    stage.show(number).map(|_| ())
}

/// Work that goes on, so that the desk has something to show.
fn running(stage: &mut Stage<'_, '_>, cast: &mut Cast) -> Told {
    stage.act("What goes on")?;
    stage.say("The next reports are here. What they are owed runs on while you read.")?;
    let number = arrive(
        stage,
        "2026-05-27T14:05",
        "+02:00",
        "--product \"Sensor 25\" --product \"Sensor 24\" --reporter external:r8 --from r8@reporters.example",
        "Path traversal in the download of backups\n\nA name with dots reads any file of the sensor. Tested on 25.2 and 24.9.\n",
    )?;
    stage.at("2026-05-28T09:30:00+02:00")?;
    for act in [
        "assigned NUMBER --person analyst",
        "confirmed NUMBER --origin own --products \"Sensor 25,Sensor 24\"",
        "scored NUMBER --vector CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N --source own",
        "impact-set NUMBER --term directory-traversal --cwe CWE-22",
        "messaged NUMBER --reporter external:r8 --text \"Confirmed on both lines. We will tell you the versions that fix it.\"",
        "noted NUMBER --text \"Sensor 24 needs its own change: its download has another code path.\"",
        "reported-back NUMBER --reporter external:r8",
        "embargo-proposed NUMBER --by external:r8 --until 2026-09-30",
        "embargo-accepted NUMBER --by vendor",
    ] {
        stage.run(&format!("case {} --as analyst", act.replace("NUMBER", &number)))?;
    }
    stage.at("2026-06-02T10:00:00+02:00")?;
    stage.run(&format!(
        "case fix-released {number} --product \"Sensor 25\" --version 25.3 --as analyst"
    ))?;
    stage.run(&format!("case messaged {number} --reporter external:r8 --from-reporter --text \"Thank you for 25.3. Will the 24 line get the same change?\" --as analyst"))?;
    cast.open.push(number);

    let number = arrive(
        stage,
        "2026-06-16T07:40",
        "+02:00",
        "--product \"Cloud Console\" --reporter customer:c9 --from c9@customers.example",
        "An export link works after signing out\n\nWhoever holds the link reads the export of the tenant, signed in or not.\n",
    )?;
    stage.at("2026-06-16T08:30:00+02:00")?;
    for act in [
        "confirmed NUMBER --origin own --products \"Cloud Console\"",
        "scored NUMBER --vector CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N --source own",
    ] {
        stage.run(&format!("case {} --as analyst", act.replace("NUMBER", &number)))?;
    }
    cast.open.push(number);

    let number = arrive(
        stage,
        "2026-06-16T09:50",
        "+02:00",
        "--product \"Router 6\" --reporter external:r9 --from r9@reporters.example",
        "A long host name restarts the router\n\nA host name of 300 characters in a reply ends the process that reads it.\n",
    )?;
    cast.open.push(number.clone());
    stage.at("2026-06-16T10:00:00+02:00")?;
    stage.run(&format!("case triage {number} --as analyst")).map(|_| ())
}
