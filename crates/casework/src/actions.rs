//! Every action as a table: what it is called, what it does, and who may do it. The command line and its help are made from it.
//!
//! Owns names and roles. The events of a case are not listed one by one: [`psirt::event::Kind::ALL`] is their table, [`RECORD_EVENT`]
//! and [`DECIDE`] their rows here.

use psirt::event::Kind;
use psirt::house::Role;

/// One action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// Words joined by `-`: the method of [`crate::Casework`].
    pub name: &'static str,
    /// What it does, as one sentence.
    pub summary: &'static str,
    /// Where it is listed: `house`, `report`, `case`, `advisory`.
    pub group: &'static str,
    /// Whose act it is; nobody's, if only a part of the program does it. With a second person one of them is enough, and the other is an analyst at least.
    pub who: &'static [Role],
    /// Whether it needs a second person.
    pub two_people: bool,
}

/// Acts of parts of the program, for whoever they let in.
const NOBODY: &[Role] = &[];
const DESK: &[Role] = &[Role::Analyst, Role::Lead];
const LEAD: &[Role] = &[Role::Lead];
const ADMINISTRATOR: &[Role] = &[Role::Administrator];
const CATALOGUE: &[Role] = &[Role::Lead, Role::Administrator];
const STEWARDS: &[Role] = &[Role::Lead, Role::Administrator, Role::Auditor];
const KEEPERS: &[Role] = &[Role::Lead, Role::Auditor];
const READERS: &[Role] = &[Role::Analyst, Role::Lead, Role::Auditor];

macro_rules! actions {
    ($($(#[$doc:meta])* $id:ident = $name:literal, $group:literal, $who:expr, $two:literal, $summary:literal;)+) => {
        $($(#[$doc])* #[doc = $summary]
        pub const $id: Action = Action { name: $name, summary: $summary, group: $group, who: $who, two_people: $two };)+

        /// Every action, in the order in which help lists them.
        pub const ACTIONS: &[Action] = &[$($id),+];
    };
}

actions! {
    OPEN_HOUSE = "open-house", "house", ADMINISTRATOR, false, "Names the house; free to everybody while it has no people.";
    SET_PERSON = "set-person", "house", ADMINISTRATOR, false, "Adds or changes a person; the first one is an administrator, added by anybody.";
    SET_BRAND = "set-brand", "house", ADMINISTRATOR, false, "Adds or changes a brand: names, addresses, number patterns, policy.";
    SET_WORDING = "set-wording", "house", CATALOGUE, false, "Says how a brand words its advisories: templates, and what it says in every one.";
    MAKE_KEY = "make-key", "house", ADMINISTRATOR, false, "Gives a brand a key that is made here: its first one, or one in place of another.";
    IMPORT_KEY = "import-key", "house", ADMINISTRATOR, false, "Gives a brand a key that was made elsewhere, or the public half of one that stays there.";
    RENEW_KEY = "renew-key", "house", ADMINISTRATOR, false, "Moves the end of a key.";
    REVOKE_KEY = "revoke-key", "house", ADMINISTRATOR, false, "Says in public that a key is no longer used, and why.";
    RENEW_SIGNATURES = "renew-signatures", "house", ADMINISTRATOR, false, "Signs everything that a brand has published with its present key.";
    SET_CUSTOMER = "set-customer", "house", LEAD, false, "Adds or changes a customer who reads what is not public.";
    MAKE_TOKEN = "make-token", "house", LEAD, false, "Gives a customer a token, shown once; it opens the protected advisories for a time.";
    REVOKE_TOKEN = "revoke-token", "house", CATALOGUE, false, "Takes a customer's token back.";
    READ_CUSTOMERS = "may-read-customers", "house", STEWARDS, false, "Lists customers, their tokens and when these were used.";
    MAKE_MACHINE_TOKEN = "make-machine-token", "house", CATALOGUE, false, "Gives a scanner or a portal of customers a token, shown once, with which it reports for a time.";
    END_MACHINE_TOKEN = "end-machine-token", "house", CATALOGUE, false, "Ends a machine's token.";
    READ_MACHINES = "may-read-machines", "house", STEWARDS, false, "Lists the machines that report, with their tokens.";
    SET_PRODUCT = "set-product", "house", CATALOGUE, false, "Adds or changes a product line.";
    LINE_EVENT = "line-event", "house", DESK, false, "Records what happened to a product line: a release planned, moved, shipped, the end of support; or takes it back.";
    READ_JOBS = "dead-jobs", "house", CATALOGUE, false, "Lists jobs that were given up after many attempts.";
    REVIVE_JOB = "revive-job", "house", CATALOGUE, false, "Lets a job that was given up be tried again.";
    DROP_JOB = "drop-job", "house", CATALOGUE, false, "Drops a job that was given up and that nobody needs, with a reason; not one that destroys.";
    ADOPT_POLICY = "adopt-policy", "house", LEAD, true, "Adopts a version of a policy, by two people.";
    RELEASE_PROMISES = "release-promises", "house", LEAD, false, "Releases to the public how a brand's promises were kept, in numbers that give away no open case.";
    SET_THEME = "set-theme", "house", CATALOGUE, false, "Gives a brand's portal its colours, fonts and logo.";
    RECEIVE = "receive", "report", DESK, false, "Takes a report in, gives it its tracking number and opens a case.";
    IMPORT_CASES = "import-cases", "report", LEAD, true, "Brings cases along that were handled before, from a file, by two people.";
    IMPORT_ADVISORIES = "import-advisories", "advisory", LEAD, true, "Brings advisories along that were published before, by two people; their bytes stay as they are.";
    UNDERSTAND = "understand", "report", DESK, false, "Records the title and text of a report that was read.";
    RELEASE_MAIL = "release-mail", "report", DESK, false, "Lets a message that opened no case become a report.";
    NAME_SENDER = "name-sender", "report", DESK, false, "Says who wrote a report that somebody else passed on; from then on it is theirs.";
    GIVE_KEY = "give-key", "report", DESK, false, "Gives a key of whoever sent a report, from an address book or the key directory of its domain; letters go under it.";
    DROP_KEY = "drop-key", "report", DESK, false, "Takes back a key that a person gave for whoever sent a report.";
    OPEN_ROOM = "open-room", "report", DESK, false, "Opens a room for a report that was entered by hand; its link is shown once.";
    MAIL_THREAD = "mail-thread", "report", DESK, false, "Shows the address that leads the answers of a report's sender into its case; whoever has it writes there.";
    JOIN_REPORT = "join-report", "report", DESK, false, "Joins a report, with its own case, to the case of the same vulnerability.";
    TAKE_RUN = "take-run", "report", NOBODY, false, "Takes in what a scanner found in a build, with its token; it opens no case.";
    READ_FINDINGS = "may-read-findings", "case", READERS, false, "Lists what scanners found, and when they saw it.";
    PROMOTE_FINDING = "promote-finding", "case", DESK, false, "Makes a report of a finding, with a case and its clocks.";
    JOIN_FINDING = "join-finding", "case", DESK, false, "Joins a finding to a case that is there, with a note in it.";
    DISMISS_FINDING = "dismiss-finding", "case", DESK, false, "Sets a finding aside with a reason, which later runs respect, or takes that back.";
    WRITE_ROOM = "write-room", "report", NOBODY, false, "Records what a reporter says in their room, or is told there.";
    SEND_LETTER = "send-letter", "report", NOBODY, false, "Hands a letter of ours to a mail server, and records what came of it.";
    END_SILENCE = "end-silence", "case", NOBODY, false, "Turns a report down for which nobody answered in the policy's days; an answer takes it up again.";
    ERASE_SELF = "erase-self", "report", NOBODY, false, "Erases who sent a report, at the wish of whoever holds the secret of its room; the case stays.";
    ATTACH = "attach", "case", DESK, false, "Seals a file and puts it to a case, or to the report that it came with.";
    READ_FILE = "read-file", "case", READERS, false, "Reads a file of a case.";
    READ_RAW = "read-raw", "report", READERS, false, "Reads a report's bytes as they arrived.";
    READ_CASE = "read-case", "case", READERS, false, "Reads a case, its story and its triage questions.";
    READ_RESTRICTED = "read-restricted", "case", LEAD, false, "Reads what reporters wrote and sent in a case with personal data; an analyst to whom a lead gave the case may, too.";
    LIFT_RESTRICTION = "lift-restriction", "case", LEAD, false, "Takes back that a case holds personal data, or to whom it was given.";
    REDACT = "redact", "case", DESK, false, "Makes a copy of a restricted text without some of its words, for everybody who reads the case; by whoever reads the original.";
    RECORD_EVENT = "act", "case", DESK, false, "Records an event of a case, unless a clause forbids it.";
    DECIDE = "decide", "case", LEAD, false, "Records a decision over a clock: waived, overridden, override-revoked, repinned.";
    MERGE_CASES = "merge-cases", "case", DESK, false, "Merges a case into another one that is the same vulnerability; by two people where that rescues a clock.";
    SPLIT_CASE = "split-case", "case", DESK, false, "Splits reports or lines off a case, as another vulnerability with a number of its own.";
    PUBLISH_RELEASE_NOTE = "publish-release-note", "case", DESK, false, "Records that release notes tell of a fix, with their text.";
    SHRED_CASE = "shred-case", "case", LEAD, true, "Destroys the content of a closed case for good, by two people; what is left can still be proven.";
    SHRED_PERSON = "shred-person", "report", LEAD, true, "Erases who sent reports, with their raw bytes, by two people; the cases stay.";
    PROVE = "prove", "case", KEEPERS, false, "Proves that the entries of a case are in the journal of a checkpoint.";
    DRAFT_ADVISORY = "draft-advisory", "advisory", DESK, false, "Writes an advisory from its cases.";
    REDRAFT_ADVISORY = "redraft-advisory", "advisory", DESK, false, "Writes an advisory anew from its cases as they stand; it needs its approval again.";
    EDIT_ADVISORY = "edit-advisory", "advisory", DESK, false, "Writes one field of an advisory; it needs its approval again.";
    ASK_REVIEW = "ask-review", "advisory", DESK, false, "Asks a second person to read an advisory.";
    SEND_BACK = "send-back", "advisory", DESK, false, "Gives an advisory back to its author, with what is to be changed.";
    COMMENT = "comment", "advisory", DESK, false, "Says something on a field of an advisory that is not out yet.";
    ANSWER_COMMENT = "answer-comment", "advisory", DESK, false, "Answers a comment on an advisory.";
    RESOLVE_COMMENT = "resolve-comment", "advisory", DESK, false, "Settles a comment on an advisory.";
    APPROVE = "approve", "advisory", LEAD, false, "Approves an advisory that somebody else wrote.";
    SCHEDULE = "schedule", "advisory", LEAD, true, "Orders the publication of an approved advisory for an instant, by two people; nobody needs to be there then.";
    ORDER_RELEASE = "order-release", "advisory", LEAD, true, "Gives an approved advisory its number and revision and orders its publication, by two people.";
    WITHDRAW_ADVISORY = "withdraw-advisory", "advisory", LEAD, true, "Takes a published advisory back with a public reason, by two people.";
    SUPERSEDE_ADVISORY = "supersede-advisory", "advisory", LEAD, true, "Says of a published advisory that another one replaces it, by two people.";
    DELIVER = "deliver", "advisory", DESK, false, "Renders what follows a publication, and records that it was handed over.";
    SKIP_DELIVERY = "skip-delivery", "advisory", LEAD, false, "Decides that something that follows a publication is not delivered.";
    ADD_DELIVERY = "add-delivery", "advisory", DESK, false, "Adds something that follows a publication: for a CERT, or what the policy does not ask for.";
    REMOVE_VERSION = "remove-version", "advisory", LEAD, true, "Destroys a released version for good, by two people; its digest and the reason stay.";
}

/// Whose act the recording of an event is.
#[must_use]
pub const fn of_event(kind: Kind) -> &'static Action {
    match kind {
        Kind::Waived | Kind::Overridden | Kind::OverrideRevoked | Kind::Repinned => &DECIDE,
        _ => &RECORD_EVENT,
    }
}

/// Why an event cannot be recorded by hand, where another action records it; none if it can.
#[must_use]
pub const fn recorded_elsewhere(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Received => Some("a report comes in by `candor report`; another report on this case is joined to it"),
        Kind::AdvisoryPublished | Kind::AdvisoryRevised | Kind::AdvisoryWithdrawn => {
            Some("it is recorded when the published tree has it; order the advisory's release")
        }
        Kind::Attached => Some("a file is put to a case by `candor case attach`"),
        Kind::Redacted => Some("a copy is made of what was written: `candor case redact`"),
        Kind::SeenLate => Some("`candor work` records it, once for each promise and date"),
        Kind::Merged | Kind::MergedInto => Some("two cases are merged at once: `candor case merge`"),
        Kind::SplitOff | Kind::SplitFrom => Some("a case is split at once: `candor case split`"),
        Kind::Imported => Some("it is recorded when a file of past cases is imported"),
        Kind::PolicyAdopted => Some("a policy is adopted for the house, not for a case"),
        Kind::ReleasePlanned
        | Kind::ReleaseMoved
        | Kind::ReleaseCancelled
        | Kind::ReleaseShipped
        | Kind::SupportEnded => Some("it happens to a product line and is recorded there, for every case at once"),
        _ => None,
    }
}
