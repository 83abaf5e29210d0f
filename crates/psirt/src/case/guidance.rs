//! What a policy says of a case beside its dates and refusals: the checklist of a report, texts and tasks, vehicles, the list's
//! commands, who may see, what comes first.
//!
//! Owns the choice among blocks that apply. Never acts on it: mail, portal and desk do.

use crate::clock::facts::CaseFacts;
use crate::event::Flag;
use crate::policy::Policy;
use crate::policy::block::access::{Access, Until, What};
use crate::policy::block::intake::{Channel, Intake, Numbering};
use crate::policy::block::list::List;
use crate::policy::block::notice::{Notice, Shown};
use crate::policy::block::publish::{Publish, Vehicle};
use crate::policy::fact::{Fact, Facts, Holds};
use jiff::Timestamp;

/// What a report that came in by this way should hold, in the order of the policy. Nothing of it is a reason to turn one away (D20).
pub fn checklist(policy: &Policy, channel: Channel) -> impl Iterator<Item = &Intake> {
    let concerned = move |intake: &&Intake| intake.channel.is_none_or(|own| own == channel);
    policy
        .intakes
        .iter()
        .filter(concerned)
        .filter(|intake| intake.ask.is_some())
}

/// What of it somebody chose to ask for, by clause or by name, in the order of the policy.
pub fn asked<'p>(policy: &'p Policy, items: &[String]) -> impl Iterator<Item = &'p Intake> {
    let is_chosen = move |intake: &&Intake| {
        let mut items = items.iter().map(|item| item.trim().trim_start_matches('§'));
        items.any(|item| item == intake.clause || item == intake.id)
    };
    let asks = policy.intakes.iter().filter(|intake| intake.ask.is_some());
    asks.filter(is_chosen)
}

/// What a report may lack whose sender is asked and nothing was chosen: what it should say, and not by which way it should have come.
pub fn missing(policy: &Policy) -> impl Iterator<Item = &Intake> {
    let asks = checklist(policy, Channel::Mail);
    asks.filter(|intake| intake.channel.is_none() && intake.encrypted.is_none())
}

/// Whether an answer takes a report up again that nobody could reproduce: the policy asks for what that takes (N20).
#[must_use]
pub fn takes_up_again(policy: &Policy) -> bool {
    checklist(policy, Channel::Mail).next().is_some()
}

/// The ways in, in the order of the policy. Where the policy names no address, it is the brand's. A block that only speaks of
/// encryption is no way in.
pub fn ways_in(policy: &Policy) -> impl Iterator<Item = &Intake> {
    let leads_in = |intake: &&Intake| intake.address.is_some() || intake.encrypted.is_none();
    let with_channel = policy.intakes.iter().filter(|intake| intake.channel.is_some());
    with_channel.filter(leads_in)
}

/// How tracking numbers are made, with the clause that says so.
#[must_use]
pub fn numbering(policy: &Policy) -> Option<(Numbering, &str)> {
    policy
        .intakes
        .iter()
        .find_map(|intake| Some((intake.number?, intake.clause.as_str())))
}

/// What the team has to do about a flag, with the clause (D25). No flag turns a report down.
#[must_use]
pub fn task(policy: &Policy, flag: Flag) -> Option<(&str, &str)> {
    let notices = policy
        .notices
        .iter()
        .map(|notice| (notice.flag, &notice.task, &notice.clause));
    let intakes = policy
        .intakes
        .iter()
        .map(|intake| (intake.flag, &intake.task, &intake.clause));
    let (_, task, clause) = notices.chain(intakes).find(|(raised, ..)| *raised == Some(flag))?;
    Some((task.as_deref()?, clause))
}

/// The texts that are shown at a place, each of which is accepted by its version.
pub fn notices(policy: &Policy, shown: Shown) -> impl Iterator<Item = &Notice> {
    policy.notices.iter().filter(move |notice| notice.shown == shown)
}

/// The vehicles by which the world is told, under what is known of the case or of one of its lines.
pub fn vehicles<'p>(policy: &'p Policy, facts: &Facts) -> impl Iterator<Item = &'p Publish> {
    let facts = *facts;
    policy
        .publishes
        .iter()
        .filter(move |publish| publish.when.judge(&facts) == Holds::Yes)
}

/// Who may see something of a case now. Nothing restricts it by policy once no rule is left.
pub fn protections<'p>(
    policy: &'p Policy,
    what: What,
    case: &CaseFacts,
    now: Timestamp,
) -> impl Iterator<Item = &'p Access> {
    let ended = move |until: Until| match until {
        Until::Never => false,
        Until::Event(kind) => case.marks.iter().any(|mark| mark.kind == kind && mark.stands(now)),
    };
    policy
        .accesses
        .iter()
        .filter(move |access| access.what == what && !ended(access.until))
}

/// What a mail to one of the list's addresses asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'p> {
    /// To be put on the list with this address, after a confirmation or at once.
    Subscribe {
        /// The list's address.
        list: Option<&'p str>,
        /// Whether the sender confirms first.
        confirmed: bool,
    },
    /// To be taken off it.
    Unsubscribe {
        /// The list's address.
        list: Option<&'p str>,
        /// Whether an authentic sender confirms all the same.
        confirmed: bool,
    },
}

/// The command that a mail to this address is, with its clause; none if the address is no command of a list.
#[must_use]
pub fn command<'p>(policy: &'p Policy, address: &str) -> Option<(Command<'p>, &'p str)> {
    let is = |known: &Option<String>| {
        known
            .as_deref()
            .is_some_and(|known| known.eq_ignore_ascii_case(address))
    };
    let of = |list: &'p List| {
        let (address, confirmed) = (list.address.as_deref(), list.double_opt_in);
        let command = if is(&list.subscribe) {
            Command::Subscribe {
                list: address,
                confirmed,
            }
        } else if is(&list.unsubscribe) {
            Command::Unsubscribe {
                list: address,
                confirmed,
            }
        } else {
            return None;
        };
        Some((command, list.clause.as_str()))
    };
    policy.lists.iter().find_map(of)
}

/// The lists that get what this vehicle carries.
pub fn lists<'p>(policy: &'p Policy, vehicle: Vehicle, facts: &Facts) -> impl Iterator<Item = &'p List> {
    let facts = *facts;
    policy
        .lists
        .iter()
        .filter(move |list| list.sends.contains(&vehicle) && list.when.judge(&facts) == Holds::Yes)
}

/// The facts by which the work list is ordered, the weightiest first; none where the policy has no order of its own.
#[must_use]
pub fn work_order(policy: &Policy) -> &[Fact] {
    let ordering = policy.priorities.iter().find(|priority| !priority.factors.is_empty());
    ordering.map(|priority| priority.factors.as_slice()).unwrap_or_default()
}
