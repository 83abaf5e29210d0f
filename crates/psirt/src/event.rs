//! What can happen to a case: one enumeration, its names, its fields, and the two times of every entry.
//!
//! Owns the shape of events (STORIES is their published form). Never judges them: `case::refuse` does, and `clock` counts from them.

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An event with its two times and its people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the case, from 1: what `retracted` names.
    pub seq: u32,
    /// When it happened.
    pub at: Timestamp,
    /// When Candor learned of it (D22).
    pub recorded: Timestamp,
    /// Who acted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The second person, where an act needs two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// What happened.
    pub event: Event,
    /// The number of the case in which it was recorded, where that was merged into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The number of the one report that it brought, or whose reporter it concerns. It was settled when it was recorded: names change with
    /// merges and splits, numbers do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

impl Entry {
    /// Whether a second person, other than the actor, stands behind it.
    #[must_use]
    pub fn has_second_person(&self) -> bool {
        self.approved_by
            .as_deref()
            .is_some_and(|person| !person.is_empty() && person != self.by)
    }
}

/// How a field is written on a command line and in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Free text.
    Text,
    /// A list of words.
    List,
    /// `true` or `false`.
    Flag,
    /// A civil date.
    Date,
    /// An instant with its offset, or a civil date.
    Deadline,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in a story.
    pub name: &'static str,
    /// How it is written.
    pub shape: Shape,
    /// Whether the event is refused without it.
    pub required: bool,
}

/// A type that can be a field.
pub trait FieldType {
    /// How it is written.
    const SHAPE: Shape;
    /// Whether it must be given.
    const REQUIRED: bool = true;
}

impl FieldType for String {
    const SHAPE: Shape = Shape::Text;
}
impl FieldType for Vec<String> {
    const SHAPE: Shape = Shape::List;
    const REQUIRED: bool = false;
}
impl FieldType for u64 {
    const SHAPE: Shape = Shape::Text;
}
impl FieldType for bool {
    const SHAPE: Shape = Shape::Flag;
    const REQUIRED: bool = false;
}
impl FieldType for civil::Date {
    const SHAPE: Shape = Shape::Date;
}
impl FieldType for Deadline {
    const SHAPE: Shape = Shape::Deadline;
}
impl FieldType for Timestamp {
    const SHAPE: Shape = Shape::Deadline;
}
impl<T: FieldType> FieldType for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const REQUIRED: bool = false;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// The word in stories and policies.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl FieldType for $name {
            const SHAPE: Shape = Shape::OneOf(&[$($word),+]);
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.name()) }
        }
    };
}

words! {
    /// Whose code holds the flaw.
    Origin {
        /// The vendor's own.
        Own = "own",
        /// A component of somebody else's.
        ThirdParty = "third-party",
    }
}
words! {
    /// Who issued a score.
    ScoreSource {
        /// The vendor, for its own finding.
        Own = "own",
        /// The component's provider.
        Provider = "provider",
        /// The National Vulnerability Database.
        Nvd = "nvd",
        /// The vendor, adjusting a provider's (T23).
        Adjusted = "adjusted",
    }
}
words! {
    /// What is known about exploits.
    Exploit {
        /// None known.
        None = "none",
        /// Public or for sale.
        Available = "available",
        /// Used in attacks.
        Active = "active",
    }
}
words! {
    /// What is done while a supplier has no fix (N12).
    UpstreamChoice {
        /// Mitigate in the product.
        Mitigate = "mitigate",
        /// Wait for the official fix.
        Wait = "wait",
    }
}
words! {
    /// Whether a reporter wants to be named.
    CreditChoice {
        /// Name them.
        Yes = "yes",
        /// Do not.
        No = "no",
        /// Not asked yet.
        Unasked = "unasked",
    }
}
words! {
    /// What a reporter found when they looked at the fix.
    FixAnswer {
        /// It works.
        Validated = "validated",
        /// It does not.
        NotFixed = "not-fixed",
        /// Nothing came.
        NoAnswer = "no-answer",
    }
}
words! {
    /// The ways out of a case without a fix.
    Exit {
        /// Another case is the same vulnerability.
        Duplicate = "duplicate",
        /// A clause leaves it out.
        OutOfScope = "out-of-scope",
        /// Present, and not exploitable in any line.
        NotAffected = "not-affected",
        /// No weakness in the policy's sense.
        NotAVulnerability = "not-a-vulnerability",
        /// Only versions without support are affected.
        ObsoleteProduct = "obsolete-product",
        /// Somebody else's product.
        OtherVendor = "other-vendor",
        /// It could not be reproduced.
        CannotReproduce = "cannot-reproduce",
        /// The reporter took it back.
        Withdrawn = "withdrawn",
    }
}
words! {
    /// What an investigation found, as its reporter is told (T11).
    Diagnosis {
        /// It is a vulnerability.
        Vulnerable = "vulnerable",
        /// Present, and not exploitable in any line.
        NotAffected = "not-affected",
        /// No weakness in the policy's sense.
        NotAVulnerability = "not-a-vulnerability",
        /// A clause leaves it out.
        OutOfScope = "out-of-scope",
        /// Known from another report.
        Duplicate = "duplicate",
        /// Only versions without support are affected.
        ObsoleteProduct = "obsolete-product",
        /// Somebody else's product.
        OtherVendor = "other-vendor",
        /// It could not be reproduced.
        CannotReproduce = "cannot-reproduce",
    }
}
words! {
    /// What another vendor answered.
    VendorAnswer {
        /// It is theirs, and they work on it.
        Accepted = "accepted",
        /// It is not theirs.
        Declined = "declined",
        /// They have a fix.
        Fixed = "fixed",
        /// Nothing came.
        Silent = "silent",
    }
}
words! {
    /// An answer to a clause's question.
    Answer {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// The clause does not concern this case.
        NotApplicable = "not-applicable",
    }
}
words! {
    /// The priority of a defect.
    Priority {
        /// High.
        High = "high",
        /// Medium.
        Medium = "medium",
        /// Low.
        Low = "low",
    }
}
words! {
    /// The independent flags of D25.
    Flag {
        /// Money was asked for.
        CompensationRequested = "compensation-requested",
        /// The rules of engagement were broken.
        RoeViolation = "roe-violation",
        /// A threat goes with the demand.
        Extortion = "extortion",
        /// The report holds personal data.
        ContainsPii = "contains-pii",
        /// It came without encryption (N17).
        ArrivedInClear = "arrived-in-clear",
    }
}

/// A point in time that a person wrote: an instant, or a day, which ends in the policy's zone (D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// An instant.
    Instant(Timestamp),
    /// The end of a day.
    Day(civil::Date),
}

impl Serialize for Deadline {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Deadline::Instant(instant) => serializer.collect_str(instant),
            Deadline::Day(day) => serializer.collect_str(day),
        }
    }
}

impl<'de> Deserialize<'de> for Deadline {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl std::str::FromStr for Deadline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() <= 10 {
            return text.parse().map(Deadline::Day).map_err(|_| {
                format!(
                    "`{text}` is not a date: write 2027-02-28, or an instant with its offset, 2027-02-28T12:00:00+01:00"
                )
            });
        }
        text.parse()
            .map(Deadline::Instant)
            .map_err(|_| format!("`{text}` is not an instant: write it with its offset, 2027-02-28T12:00:00+01:00"))
    }
}

/// Which part of its tenants a service's fix has reached: `all`, or `12/40`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    /// Every tenant.
    All,
    /// So many of so many.
    Some(u32, u32),
}

impl Serialize for Tenants {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tenants::All => serializer.serialize_str("all"),
            Tenants::Some(done, of) => serializer.collect_str(&format_args!("{done}/{of}")),
        }
    }
}

impl<'de> Deserialize<'de> for Tenants {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("`{text}` does not say which tenants: write all, or 12/40"));
        if text == "all" {
            return Ok(Tenants::All);
        }
        let (done, of) = text.split_once('/').ok_or_else(wrong)?;
        let (done, of): (u32, u32) = (done.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        match (done, of) {
            (done, of) if done > of || of == 0 => Err(wrong()),
            (done, of) if done == of => Ok(Tenants::All),
            (done, of) => Ok(Tenants::Some(done, of)),
        }
    }
}

impl FieldType for Tenants {
    const SHAPE: Shape = Shape::Text;
}

/// Whether a shipped release holds the fix: `true`, or a list of what it fixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fixes {
    /// It does, or it does not.
    Case(bool),
    /// Ids of what it fixes; it holds this case's fix if the list is not empty.
    List(Vec<String>),
}

impl Fixes {
    /// Whether the release holds the fix of this case.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Fixes::Case(holds) => *holds,
            Fixes::List(list) => !list.is_empty(),
        }
    }
}

impl Default for Fixes {
    fn default() -> Self {
        Fixes::Case(false)
    }
}

impl FieldType for Fixes {
    const SHAPE: Shape = Shape::List;
    const REQUIRED: bool = false;
}

/// What `retracted` names: the place of an event in the case, or the name of the last event of that kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventRef {
    /// Its place in the case, from 1.
    Seq(u32),
    /// The last event of this name before the retraction.
    Name(String),
}

impl FieldType for EventRef {
    const SHAPE: Shape = Shape::Text;
}

/// The groups in which events are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// A report comes in and is looked at.
    Intake,
    /// What the investigation finds.
    Verdict,
    /// Releases and support of product lines.
    Lines,
    /// Workarounds and fixes.
    Remedy,
    /// Components of others.
    ThirdParty,
    /// What the world knows.
    Signals,
    /// What must not leave yet.
    Embargo,
    /// Reporters, defects, CERTs.
    People,
    /// What goes out.
    Publication,
    /// Duties to authorities.
    Regulation,
    /// Decisions over clocks and records.
    Control,
    /// The desk's own notes; not part of an exported story.
    Desk,
}

macro_rules! events {
    ($($group:ident {
        $($(#[$doc:meta])* $variant:ident = $name:literal { $($(#[$fattr:meta])* $field:ident $fname:literal : $type:ty),* $(,)? }),+ $(,)?
    })+) => {
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "fields are documented in docs/stories.md under the names they carry here")]
        pub enum Event {
            $($(
                $(#[$doc])*
                #[serde(rename = $name)]
                $variant { $($(#[$fattr])* #[serde(rename = $fname)] $field: $type),* },
            )+)+
        }

        /// The name of an event, without its fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($($(#[$doc])* $variant),+),+ }

        impl Kind {
            /// Every kind, in the order of the groups.
            pub const ALL: &'static [Kind] = &[$($(Kind::$variant),+),+];

            /// The name in stories, policies and commands.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($(Kind::$variant => $name),+),+ }
            }

            /// The group it is listed in.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $($(Kind::$variant => Group::$group),+),+ }
            }

            /// Its fields.
            #[must_use]
            pub const fn fields(self) -> &'static [Field] {
                match self { $($(Kind::$variant => {
                    const FIELDS: &[Field] = &[$(Field {
                        name: $fname,
                        shape: <$type as FieldType>::SHAPE,
                        required: <$type as FieldType>::REQUIRED,
                    }),*];
                    FIELDS
                }),+),+ }
            }
        }

        impl Event {
            /// The name of the event.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $($(Event::$variant { .. } => Kind::$variant),+),+ }
            }
        }
    };
}

events! {
    Intake {
        /// A report came in.
        Received = "received" { #[serde(default)] by "by": Option<String> },
        /// The reporter has the tracking number.
        Acknowledged = "acknowledged" { #[serde(default, skip_serializing_if = "Option::is_none")] reporter "reporter": Option<String> },
        /// A person looked at it for the first time.
        Reviewed = "reviewed" {},
        /// A reporter was asked for more: for these clauses of the policy, and in these words; who names nobody asks every one of them.
        InfoRequested = "info-requested" { #[serde(default, skip_serializing_if = "Option::is_none")] reporter "reporter": Option<String>, #[serde(default, skip_serializing_if = "Vec::is_empty")] items "items": Vec<String>, #[serde(default, skip_serializing_if = "Option::is_none")] text "text": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] in_clear "in-clear": Option<String> },
        /// The reporter answered.
        InfoReceived = "info-received" { #[serde(default, skip_serializing_if = "Option::is_none")] reporter "reporter": Option<String> },
        /// Another report turned out to be about this case. It arrived, was acknowledged and was looked at before that.
        ReportJoined = "report-joined" { #[serde(default)] reporter "reporter": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] arrived "arrived": Option<Timestamp>, #[serde(default, skip_serializing_if = "Option::is_none")] acknowledged "acknowledged": Option<Timestamp>, #[serde(default, skip_serializing_if = "Option::is_none")] reviewed "reviewed": Option<Timestamp> },
        /// This case is another one's duplicate.
        DuplicateOf = "duplicate-of" { case "case": String },
        /// Another case turned out to be the same vulnerability, and this one goes on with both.
        Merged = "merged" { case "case": String, #[serde(default)] across_brands "across-brands": bool, #[serde(default)] why "why": Option<String> },
        /// This case goes on in another one.
        MergedInto = "merged-into" { case "case": String },
        /// Reports or lines of this case turned out to be another vulnerability, and have a case of their own.
        SplitOff = "split-off" { case "case": String, #[serde(default)] since "since": Option<Timestamp>, #[serde(default)] reports "reports": Vec<String>, #[serde(default)] places "places": Vec<String>, #[serde(default)] products "products": Vec<String>, #[serde(default)] why "why": Option<String> },
        /// This case began as part of another one, and keeps what happened there to its reports and lines.
        SplitFrom = "split-from" { case "case": String, number "number": String, brand "brand": String, #[serde(default)] since "since": Option<Timestamp>, #[serde(default)] reports "reports": Vec<String>, #[serde(default)] places "places": Vec<String>, #[serde(default)] products "products": Vec<String> },
        /// A person promoted a machine's finding to a report (D6).
        Promoted = "promoted" {},
        /// A person decided whether the policy covers it.
        ScopeDecided = "scope-decided" { #[serde(default)] out "out": bool, #[serde(default)] clause "clause": Option<String>, #[serde(default)] exception "exception": Option<String> },
    }
    Verdict {
        /// It is a vulnerability in these lines.
        Confirmed = "confirmed" { origin "origin": Origin, #[serde(default)] products "products": Vec<String> },
        /// A further line is affected.
        Affected = "affected" { product "product": String },
        /// A line is not affected, and why.
        NotAffected = "not-affected" { product "product": String, #[serde(default)] justification "justification": Option<String> },
        /// Somebody scored it.
        Scored = "scored" { vector "vector": String, #[serde(default)] source "source": Option<ScoreSource>, #[serde(default)] why "why": Option<String> },
        /// A person judged attention or exploits.
        Judged = "judged" { #[serde(default)] public_attention "public-attention": Option<bool>, #[serde(default)] exploit "exploit": Option<Exploit> },
        /// It was turned down.
        Rejected = "rejected" { exit "exit": Exit, #[serde(default)] clause "clause": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] why "why": Option<String> },
        /// The reporter appealed against a rejection (D21).
        Appealed = "appealed" {},
        /// It was taken up again.
        Reopened = "reopened" { why "why": String },
        /// Nothing is left to do.
        Closed = "closed" {},
    }
    Lines {
        /// A release was planned.
        ReleasePlanned = "release-planned" { product "product": String, version "version": String, date "date": civil::Date, #[serde(default)] freeze "freeze": Option<civil::Date> },
        /// A planned release got another date.
        ReleaseMoved = "release-moved" { product "product": String, version "version": String, date "date": civil::Date },
        /// A planned release will not come.
        ReleaseCancelled = "release-cancelled" { product "product": String, version "version": String },
        /// A release shipped, with or without the fix.
        ReleaseShipped = "release-shipped" { product "product": String, version "version": String, #[serde(default)] fixes "fixes": Fixes },
        /// A line is no longer supported.
        SupportEnded = "support-ended" { product "product": String },
    }
    Remedy {
        /// Customers have a workaround.
        WorkaroundProvided = "workaround-provided" { #[serde(default)] product "product": Option<String> },
        /// The workaround turned out not to work.
        WorkaroundWithdrawn = "workaround-withdrawn" { #[serde(default)] product "product": Option<String> },
        /// The fix exists and waits for a release.
        FixReady = "fix-ready" { #[serde(default)] product "product": Option<String> },
        /// A version with the fix is out.
        FixReleased = "fix-released" { product "product": String, #[serde(default)] version "version": Option<String> },
        /// A service's tenants have the fix.
        FixDeployed = "fix-deployed" { product "product": String, tenants "tenants": Tenants },
        /// A released fix was taken back or turned out incomplete (D21).
        FixWithdrawn = "fix-withdrawn" { product "product": String, #[serde(default)] version "version": Option<String>, why "why": String },
        /// A corrective or mitigating measure exists (CRA Article 14).
        MeasureAvailable = "measure-available" {},
    }
    ThirdParty {
        /// A shipped version holds a component, by its bill of materials.
        ComponentShipped = "component-shipped" { product "product": String, version "version": String, component "component": String, component_version "component-version": String },
        /// The supplier disclosed the vulnerability.
        UpstreamDisclosed = "upstream-disclosed" { component "component": String },
        /// The supplier released a fix.
        UpstreamFixReleased = "upstream-fix-released" { component "component": String, version "version": String },
        /// The supplier took its fix back.
        UpstreamFixWithdrawn = "upstream-fix-withdrawn" { component "component": String, version "version": String },
        /// Mitigate, or wait for the supplier (N12).
        UpstreamDecision = "upstream-decision" { choice "choice": UpstreamChoice, #[serde(default)] review_by "review-by": Option<Deadline>, #[serde(default)] why "why": Option<String> },
    }
    Signals {
        /// Details are public.
        MadePublic = "made-public" { #[serde(default)] evidence "evidence": Option<String> },
        /// An exploit is public. A private proof of concept is none (D14).
        ExploitPublic = "exploit-public" { #[serde(default)] evidence "evidence": Option<String> },
        /// Attacks were observed.
        AttacksSeen = "attacks-seen" { #[serde(default)] evidence "evidence": Option<String> },
    }
    Embargo {
        /// A party proposed an end of the embargo.
        EmbargoProposed = "embargo-proposed" { by "by": String, until "until": Deadline },
        /// A party agreed.
        EmbargoAccepted = "embargo-accepted" { by "by": String },
        /// A party did not.
        EmbargoDeclined = "embargo-declined" { by "by": String, #[serde(default, skip_serializing_if = "Option::is_none")] why "why": Option<String> },
        /// The embargo ended.
        EmbargoEnded = "embargo-ended" { why "why": String },
    }
    People {
        /// A reporter has the findings, the plan and what will be public (T11).
        ReportedBack = "reported-back" { #[serde(default)] reporter "reporter": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] verdict "verdict": Option<Diagnosis>, #[serde(default, skip_serializing_if = "Option::is_none")] severity "severity": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] plan "plan": Option<String>, #[serde(default, skip_serializing_if = "Option::is_none")] disclosure "disclosure": Option<String> },
        /// A reporter said whether to be named, and how (N23).
        Credit = "credit" { #[serde(default)] reporter "reporter": Option<String>, choice "choice": CreditChoice, #[serde(default)] name "as": Option<String> },
        /// A reporter was asked to look at the fix (T10).
        ValidationAsked = "validation-asked" { #[serde(default)] reporter "reporter": Option<String> },
        /// A reporter looked at the fix, or did not answer.
        ValidationAnswered = "validation-answered" { #[serde(default)] reporter "reporter": Option<String>, answer "answer": FixAnswer, #[serde(default)] why "why": Option<String> },
        /// The engineers have a defect.
        DefectCreated = "defect-created" { #[serde(default)] product "product": Option<String>, #[serde(default)] priority "priority": Option<Priority> },
        /// A CERT was told (T13).
        SharedWithCert = "shared-with-cert" { cert "cert": String },
        /// The report went on to another vendor, whose product it is about.
        HandedOver = "handed-over" { vendor "vendor": String, #[serde(default)] contact "contact": Option<String>, #[serde(default)] what "what": Option<String>, #[serde(default)] review_by "review-by": Option<Deadline> },
        /// The other vendor answered, or was silent past the date.
        VendorAnswered = "vendor-answered" { vendor "vendor": String, answer "answer": VendorAnswer, #[serde(default)] why "why": Option<String> },
        /// Affected users were told.
        UsersInformed = "users-informed" {},
    }
    Publication {
        /// A CVE id was assigned.
        CveAssigned = "cve-assigned" { id "id": String },
        /// The CVE record is public.
        CvePublished = "cve-published" {},
        /// The advisory is public.
        AdvisoryPublished = "advisory-published" {},
        /// The advisory has a new version.
        AdvisoryRevised = "advisory-revised" {},
        /// The advisory was withdrawn.
        AdvisoryWithdrawn = "advisory-withdrawn" {},
        /// Release notes tell of the fix.
        ReleaseNotePublished = "release-note-published" { #[serde(default)] product "product": Option<String>, #[serde(default)] version "version": Option<String> },
        /// The announce list has it.
        Announced = "announced" {},
    }
    Regulation {
        /// CRA Article 14(2)(a).
        CraEarlyWarningSent = "cra-early-warning-sent" {},
        /// CRA Article 14(2)(b).
        CraNotificationSent = "cra-notification-sent" {},
        /// CRA Article 14(2)(c).
        CraFinalReportSent = "cra-final-report-sent" {},
        /// A severe incident became known (CRA Article 14(3)).
        IncidentAware = "incident-aware" {},
        /// CRA Article 14(4)(a).
        IncidentEarlyWarningSent = "incident-early-warning-sent" {},
        /// CRA Article 14(4)(b).
        IncidentNotificationSent = "incident-notification-sent" {},
        /// CRA Article 14(4)(c).
        IncidentFinalReportSent = "incident-final-report-sent" {},
    }
    Control {
        /// A promise will not be kept, by decision.
        Waived = "waived" { rule "rule": String, #[serde(default)] product "product": Option<String>, why "why": String, #[serde(default, skip_serializing_if = "Option::is_none")] reporter "reporter": Option<String> },
        /// A promise got another date, by decision (D13).
        Overridden = "overridden" { rule "rule": String, #[serde(default)] product "product": Option<String>, due "due": Deadline, why "why": String },
        /// The other date no longer holds.
        OverrideRevoked = "override-revoked" { rule "rule": String, #[serde(default)] product "product": Option<String> },
        /// A pause was asked for; no clause of the shipped policies allows one (D13).
        PauseAsked = "pause-asked" { rule "rule": String },
        /// The case moved to another policy or version.
        Repinned = "repinned" { policy "policy": String, version "version": String, why "why": String },
        /// The house adopted a policy.
        PolicyAdopted = "policy-adopted" { policy "policy": String, version "version": String },
        /// An earlier event was a mistake (D22).
        Retracted = "retracted" { event "event": EventRef, why "why": String },
    }
    Desk {
        /// The case has a name and a summary for the desk.
        Titled = "titled" { title "title": String, #[serde(default)] summary "summary": Option<String> },
        /// Lines that the report names, before any verdict.
        Suspected = "suspected" { products "products": Vec<String> },
        /// Somebody owns the case.
        Assigned = "assigned" { person "person": String },
        /// A note that only the team reads.
        Noted = "noted" { text "text": String },
        /// A message to or from a reporter.
        Messaged = "messaged" { #[serde(default)] reporter "reporter": Option<String>, #[serde(default)] from_reporter "from-reporter": bool, text "text": String, #[serde(default, skip_serializing_if = "Option::is_none")] in_clear "in-clear": Option<String> },
        /// A copy of what a reporter wrote, without what only a few may read: everybody who reads the case reads it (N26). It names the
        /// number of the report whose text it was, or that of a case, `#` and the place of a message there.
        Redacted = "redacted" { of "of": String, text "text": String, why "why": String },
        /// One of the flags of D25.
        Flagged = "flagged" { flag "flag": Flag, #[serde(default)] why "why": Option<String> },
        /// A file that goes with the case, sealed: its name made safe, its length and digest.
        Attached = "attached" { name "name": String, blob "blob": String, bytes "bytes": u64, sha256 "sha256": String, #[serde(default)] report "report": Option<String> },
        /// A promise was seen late for the first time. Its date is computed; this says since when somebody could know.
        SeenLate = "seen-late" { policy "policy": String, rule "rule": String, #[serde(default)] subject "subject": Option<String>, due "due": Deadline },
        /// It was brought along from elsewhere: from where, its number there, and its place in the file. What stands before it in the
        /// record came with it.
        Imported = "imported" { source "source": String, id "id": String, row "row": String },
        /// The impact, in a term of the policy's vocabulary.
        ImpactSet = "impact-set" { term "term": String, #[serde(default)] cwe "cwe": Option<String> },
        /// Somebody else knows the case by this id.
        Alias = "alias" { id "id": String, #[serde(default)] by "by": Option<String> },
        /// A person answered a question that a clause asks, or a part of its definition.
        Answered = "answered" { clause "clause": String, #[serde(default)] question "question": Option<String>, answer "answer": Answer, #[serde(default)] why "why": Option<String> },
        /// The task that a flag raised is done.
        TaskDone = "task-done" { flag "flag": Flag, #[serde(default)] why "why": Option<String> },
        /// It is to be done once more.
        TaskReopened = "task-reopened" { flag "flag": Flag, why "why": String },
    }
}

impl Kind {
    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Event {
    /// That a reporter, or every one of them, has the findings on another way than by a letter of ours.
    #[must_use]
    pub const fn reported_back(reporter: Option<String>) -> Event {
        Event::ReportedBack {
            reporter,
            verdict: None,
            severity: None,
            plan: None,
            disclosure: None,
        }
    }

    /// The line that it concerns, if it names one.
    #[must_use]
    pub fn product(&self) -> Option<&str> {
        match self {
            Event::Affected { product }
            | Event::NotAffected { product, .. }
            | Event::ReleasePlanned { product, .. }
            | Event::ReleaseMoved { product, .. }
            | Event::ReleaseCancelled { product, .. }
            | Event::ReleaseShipped { product, .. }
            | Event::SupportEnded { product }
            | Event::FixReleased { product, .. }
            | Event::FixDeployed { product, .. }
            | Event::FixWithdrawn { product, .. }
            | Event::ComponentShipped { product, .. } => Some(product),
            Event::WorkaroundProvided { product }
            | Event::WorkaroundWithdrawn { product }
            | Event::FixReady { product }
            | Event::DefectCreated { product, .. }
            | Event::ReleaseNotePublished { product, .. }
            | Event::Waived { product, .. }
            | Event::Overridden { product, .. }
            | Event::OverrideRevoked { product, .. } => product.as_deref(),
            _ => None,
        }
    }
}
