//! `candor case triage`: what the text of a report raises under the policy, for a person to decide.
//!
//! Never decides, and records nothing.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use crate::words::paragraph;
use casework::{Alike, Definition, Proposed, Question};
use serde_json::{Value, json};

pub(super) fn triage(house: &House, global: &Global, number: &str) -> Result<Shown, Failure> {
    house.casework.may_read(&actor(global)?)?;
    let raised = house.casework.triage(number)?;
    let mut text: String = raised.questions.iter().map(question_text).collect();
    if raised.questions.is_empty() {
        text.push_str("The text of the report raises no question of scope.\n");
    }
    text.extend(raised.definitions.iter().map(definition_text));
    text.extend(raised.flags.iter().map(|flag| flag_text(flag, number)));
    let alike = house.casework.alike(number)?;
    for other in &alike {
        let Alike {
            number: theirs,
            title,
            why,
        } = other;
        text.push_str(&format!(
            "{theirs}  may be the same vulnerability: {title}\n    {why}\n"
        ));
        text.push_str(&format!(
            "    If it is: candor case duplicate-of {number} --case {theirs}\n"
        ));
    }
    let json = json!({
        "alike": alike.iter().map(|other| json!({ "number": other.number, "title": other.title, "why": other.why })).collect::<Vec<_>>(),
        "questions": raised.questions.iter().map(question_json).collect::<Vec<_>>(),
        "definitions": raised.definitions.iter().map(definition_json).collect::<Vec<_>>(),
        "flags": raised.flags.iter().map(flag_json).collect::<Vec<_>>(),
    });
    Shown::new(json, text)
}

fn question_text(question: &Question) -> String {
    let mut text = format!("{}  {}\n", question.clause, question.question);
    if let Some((word, exception)) = &question.exception {
        text.push_str(&format!("    unless ({word}): {exception}\n"));
    }
    let reply = question.reply.replace("\n\n", " ");
    text + paragraph("    ", &format!("If it is out of scope, the reporter is told: {reply}")).as_str()
}

fn question_json(question: &Question) -> Value {
    let exception = question.exception.as_ref();
    json!({
        "clause": question.clause,
        "policy": question.policy,
        "question": question.question,
        "exception": exception.map(|(word, question)| json!({ "exception": word, "question": question })),
        "reply": question.reply,
        "appeal": question.appeal,
    })
}

fn definition_text(definition: &Definition) -> String {
    let mut text = format!("{}  {}\n", definition.clause, definition.question);
    if !definition.elements.is_empty() {
        let (combine, elements) = (definition.combine, definition.elements.join(", "));
        text.push_str(&format!("    answer {combine} of: {elements}\n"));
    }
    if !definition.justifications.is_empty() {
        let reasons = definition.justifications.join(", ");
        text.push_str(&paragraph(
            "    ",
            &format!("A line that is not affected needs one of these reasons: {reasons}"),
        ));
    }
    text
}

fn definition_json(definition: &Definition) -> Value {
    json!({
        "clause": definition.clause,
        "question": definition.question,
        "elements": definition.elements,
        "combine": definition.combine,
        "justifications": definition.justifications,
    })
}

fn flag_text(flag: &Proposed, number: &str) -> String {
    let next = match flag.set {
        true => "The flag is set.".to_owned(),
        false => format!("If it is so: candor case flagged {number} --flag {}", flag.flag),
    };
    let Proposed { clause, flag, task, .. } = flag;
    format!("{clause}  its words suggest the flag `{flag}`, which rejects nothing\n")
        + paragraph("    ", &format!("Task: {task} {next}")).as_str()
}

fn flag_json(flag: &Proposed) -> Value {
    json!({ "flag": flag.flag, "clause": flag.clause, "task": flag.task, "set": flag.set })
}
