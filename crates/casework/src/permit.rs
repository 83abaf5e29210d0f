//! Who may do what: a pure table over roles.
//!
//! Owns law 7's second half: an administrator reads no case content, and is told no more than that there is no such case. Never looks at
//! a case; what a clause forbids is `psirt::case::refuse`'s.

use crate::actions::Action;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use psirt::board::House;
use psirt::case::refuse::Refusal;
use psirt::house::Role;

/// Whether the actor, with the second person if there is one, may do it.
pub(crate) fn permit(house: &House, actor: &Actor, action: &Action) -> Result<(), ActError> {
    if actor.is_part() {
        let its = is_parts_own(action) && actor.approved_by.is_none();
        return if its {
            Ok(())
        } else {
            Err(not_permitted(actor, action, "a part of the program"))
        };
    }
    let role = role(house, &actor.id)?;
    let second = actor
        .approved_by
        .as_deref()
        .map(|second| self::role(house, second))
        .transpose()?;
    if actor.approved_by.as_deref() == Some(actor.id.as_str()) {
        return Err(Refusal::without_clause("an act of two people needs two: actor and approver are the same").into());
    }
    let content = action.group != "house";
    if content && role == Role::Administrator {
        return Err(hidden(action));
    }
    let desk = |role: Role| matches!(role, Role::Analyst | Role::Lead);
    if second.is_some_and(|second| !desk(second) && !action.who.contains(&second)) {
        return Err(ActError::NotPermitted(format!(
            "`{}` cannot be the second person: that is an analyst or a lead",
            shown(actor.approved_by.as_deref().unwrap_or_default())
        )));
    }
    let own = action.who.contains(&role);
    let lent = desk(role) && second.is_some_and(|second| action.who.contains(&second));
    if !own && !lent {
        return Err(not_permitted(actor, action, role.name()));
    }
    if action.two_people && second.is_none() {
        return Err(Refusal::without_clause(format!(
            "`{}` is an act of two people: name the second one",
            action.name
        ))
        .into());
    }
    Ok(())
}

/// The same for a list: it names no case that an administrator could learn of, and says what a list is for.
pub(crate) fn permit_list(house: &House, actor: &Actor, action: &Action) -> Result<(), ActError> {
    permit(house, actor, action).map_err(|refusal| match refusal {
        ActError::NotFound(_) => not_permitted(actor, action, Role::Administrator.name()),
        refusal => refusal,
    })
}

/// Whether a part of the program may do it: it takes reports in, and acts for reporters in their rooms.
fn is_parts_own(action: &Action) -> bool {
    action.who.is_empty() || matches!(action.name, "receive" | "understand")
}

/// The role of a person.
pub(crate) fn role(house: &House, id: &str) -> Result<Role, ActError> {
    let person = house.people.get(id);
    person.map(|person| person.role).ok_or_else(|| {
        ActError::NotPermitted(format!(
            "nobody is called `{}`; add them with `candor person add`",
            shown(id)
        ))
    })
}

fn not_permitted(actor: &Actor, action: &Action, role: &str) -> ActError {
    let who: Vec<&str> = match action.who {
        [] => vec!["the program's own parts"],
        who => who.iter().map(|role| role.name()).collect(),
    };
    ActError::NotPermitted(format!(
        "`{}` is {role}, and `{}` is for: {}",
        shown(&actor.id),
        action.name,
        who.join(", ")
    ))
}

fn hidden(action: &Action) -> ActError {
    match action.group {
        "report" => ActError::NO_REPORT,
        "advisory" => ActError::NO_ADVISORY,
        _ => ActError::NO_CASE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::{ACTIONS, ADOPT_POLICY, MAKE_KEY, READ_CASE, RECEIVE, RECORD_EVENT};
    use psirt::house::Person;

    fn house() -> House {
        let person = |role: Role| Person {
            id: role.name().to_owned(),
            name: String::new(),
            role,
        };
        let people = Role::ALL.into_iter().map(|role| (role.name().to_owned(), person(role)));
        House {
            people: people.collect(),
            ..House::default()
        }
    }

    fn check_permit(actor: &str, second: Option<&str>, action: &Action, expect: Result<(), &str>) {
        let actor = Actor {
            id: actor.to_owned(),
            approved_by: second.map(str::to_owned),
        };
        match (permit(&house(), &actor, action), expect) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, _) => panic!("{actor:?} {}: {found:?}", action.name),
        }
    }

    #[test]
    fn a_role_opens_its_actions() {
        check_permit("analyst", None, &RECORD_EVENT, Ok(()));
        check_permit("lead", None, &RECORD_EVENT, Ok(()));
        check_permit("auditor", None, &RECORD_EVENT, Err("is auditor"));
        check_permit("auditor", None, &READ_CASE, Ok(()));
        check_permit("administrator", None, &MAKE_KEY, Ok(()));
        check_permit("analyst", None, &MAKE_KEY, Err("is for: administrator"));
        check_permit("nobody", None, &RECORD_EVENT, Err("nobody is called `nobody`"));
    }

    #[test]
    fn an_administrator_learns_nothing_of_cases() {
        for action in ACTIONS.iter().filter(|action| action.group != "house") {
            check_permit("administrator", None, action, Err("or not for you"));
            check_permit("administrator", Some("lead"), action, Err("or not for you"));
        }
        let administrator = Actor {
            id: "administrator".to_owned(),
            approved_by: None,
        };
        let refused = permit_list(&house(), &administrator, &READ_CASE)
            .unwrap_err()
            .to_string();
        let part = "`administrator` is administrator, and `read-case` is for: analyst, lead, auditor";
        assert!(refused.contains(part), "{refused}");
    }

    #[test]
    fn an_act_of_two_needs_two_different_people_with_one_of_its_role() {
        check_permit("lead", None, &ADOPT_POLICY, Err("act of two people"));
        check_permit("lead", Some("lead"), &ADOPT_POLICY, Err("are the same"));
        check_permit("lead", Some("analyst"), &ADOPT_POLICY, Ok(()));
        check_permit("analyst", Some("lead"), &ADOPT_POLICY, Ok(()));
        check_permit("lead", Some("nobody"), &ADOPT_POLICY, Err("nobody is called"));
        check_permit(
            "lead",
            Some("administrator"),
            &ADOPT_POLICY,
            Err("cannot be the second person"),
        );
        check_permit("auditor", Some("lead"), &ADOPT_POLICY, Err("is auditor"));
    }

    #[test]
    fn a_part_of_the_program_takes_reports_in_acts_for_reporters_and_does_nothing_else() {
        for action in ACTIONS {
            let own = [
                "receive",
                "understand",
                "write-room",
                "send-letter",
                "end-silence",
                "erase-self",
                "take-run",
            ];
            let expect = if own.contains(&action.name) {
                Ok(())
            } else {
                Err("a part of the program")
            };
            check_permit("candor:portal", None, action, expect);
        }
        check_permit("candor:portal", Some("lead"), &RECEIVE, Err("a part of the program"));
    }

    #[test]
    fn names_of_actions_are_unique() {
        let mut names: Vec<_> = ACTIONS.iter().map(|action| action.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ACTIONS.len());
    }
}
