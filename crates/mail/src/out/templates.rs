//! Templates: the words of each letter, which an operator may write anew.
//!
//! Owns which letters there are, what each may name, and how its words are made: one line without controls as a title, and no more text than a
//! letter holds. A letter names what it is given and nothing else, so that none can say what its reader must not know. Words of an operator that
//! fail are left out for ours, and no letter is lost by them. Reads no file, and no template reads one.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use std::collections::BTreeMap;
use std::fmt;

/// Longest template of an operator, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 64 * 1024;
/// What one rendering of an operator's words may cost: a step each, and one more for each 64 bytes that it makes. A letter about a hundred
/// reports takes some ten thousand.
const MAX_STEPS: u64 = 200_000;
/// Longest text that an operator's words may make, in bytes, and the longest title of any letter, in characters.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
const MAX_SUBJECT_CHARS: usize = 500;
/// How much of a line is quoted where something is wrong with it, in characters.
const MAX_QUOTED_CHARS: usize = 80;

/// One letter: its name, what its templates may name, and our own words.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name, which is that of its folder.
    pub name: &'static str,
    /// When it goes out.
    pub when: &'static str,
    /// What it may name, and what each is.
    pub words: &'static [(&'static str, &'static str)],
    subject: &'static str,
    text: &'static str,
}

/// One of the two files of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `subject.txt`.
    Subject,
    /// `text.txt`.
    Text,
}

impl Part {
    /// Both.
    pub const ALL: [Part; 2] = [Part::Subject, Part::Text];

    /// The name of the file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Part::Subject => "subject.txt",
            Part::Text => "text.txt",
        }
    }
}

macro_rules! templates {
    ($($name:literal, $when:literal, [$($word:ident $what:literal),* $(,)?];)+) => {
        /// Every letter.
        pub const TEMPLATES: &[Template] = &[$(Template {
            name: $name,
            when: $when,
            words: &[
                ("vendor", "the vendor's name"),
                ("number", "the tracking number of the report, or of the first one"),
                ("key", "where our key is found, if we have one"),
                $((stringify!($word), $what)),*
            ],
            subject: include_str!(concat!("../../templates/", $name, "/subject.txt")),
            text: include_str!(concat!("../../templates/", $name, "/text.txt")),
        }),+];
    };
}

templates! {
    "acknowledgement", "a report has arrived; encrypted", [
        many "whether it is about several reports",
        count "about how many",
        policy "the policy, if there is one: title, version, address",
        terms "the texts that the policy wants here, each: text, clause",
        title "the title of the first report, if it has one",
        reports "each report: number; title, room, status, if it has them; promises, each: deed, clause, due",
    ];
    "acknowledgement-clear", "a report has arrived, and no key of its sender is known; in clear", [
        many "whether it is about several reports",
        count "about how many",
        policy "the policy, if there is one: title, version, address",
        terms "the texts that the policy wants here, each: text, clause",
        reports "each report: number; status, if it has one",
    ];
    "message", "what somebody at the desk wrote; encrypted", [
        title "the report's title, if it has one",
        room "the secret link of its room, if we know it",
        status "the page that says how far it is, if there is one",
        said "the message",
    ];
    "question", "what is missing; encrypted", [
        title "the report's title, if it has one",
        room "the secret link of its room, if we know it",
        status "the page that says how far it is, if there is one",
        asks "what a report should hold, each: what, clause",
        chosen "whether somebody chose them; else it is all that a report should hold",
        asked "what is asked in words of the desk's own, if it wrote some",
        until "when the report ends without an answer, if it does: day, clause",
        again "whether a letter has asked before",
    ];
    "message-clear", "the same, where no key of its reader is known and somebody decided to write in clear", [
        status "the page that says how far it is, if there is one",
        said "the message",
    ];
    "question-clear", "what is missing, where no key of its reader is known and somebody decided to write in clear", [
        status "the page that says how far it is, if there is one",
        asks "what a report should hold, each: what, clause",
        chosen "whether somebody chose them; else it is all that a report should hold",
        asked "what is asked in words of the desk's own, if it wrote some",
        until "when the report ends without an answer, if it does: day, clause",
        again "whether a letter has asked before",
    ];
    "findings", "what the investigation found; encrypted", [
        title "the report's title, if it has one",
        room "the secret link of its room, if we know it",
        status "the page that says how far it is, if there is one",
        verdict "what it is, in a sentence",
        severity "how bad it is, if that was said",
        plan "what is done about it",
        disclosure "what will be public, and when",
    ];
    "verdict", "the report was turned down; encrypted", [
        title "the report's title, if it has one",
        room "the secret link of its room, if we know it",
        status "the page that says how far it is, if there is one",
        verdict "what was decided, with its clause",
        answer "what the policy answers, if it does",
        appeal "whether it can be appealed",
    ];
    "news", "there is news, and no key of its reader is known; in clear", [
        status "the page that says how far it is, if there is one",
    ];
}

/// The letter of a name.
#[must_use]
pub fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.name == name)
}

impl Template {
    /// Our own words.
    #[must_use]
    pub const fn ours(&self, part: Part) -> &'static str {
        match part {
            Part::Subject => self.subject,
            Part::Text => self.text,
        }
    }

    /// What is wrong with an operator's words, tried on letters that say everything, on those that lack one thing, on one that says next to
    /// nothing, and on a very long one.
    #[must_use]
    pub fn faults(&self, part: Part, source: &str) -> Vec<Fault> {
        let unknown = match self.unknown(source) {
            Ok(unknown) => unknown,
            Err(fault) => return vec![fault],
        };
        let mut faults: Vec<Fault> = unknown.iter().map(|word| self.no_word(source, word)).collect();
        if !faults.is_empty() {
            return faults;
        }
        let long = "word ".repeat(20_000);
        let mut samples = vec![
            self.sample(1, "text", &|_| true),
            self.sample(2, "text", &|_| true),
            self.sample(1, "text", &|_| false),
            self.sample(100, &long, &|_| true),
        ];
        let lacking = |(word, _): &(&'static str, &str)| self.sample(2, "text", &|known| known != *word);
        samples.extend(self.words.iter().map(lacking));
        for context in samples {
            if let Err(fault) = render(source, part, &context, Some(MAX_STEPS))
                && !faults.contains(&fault)
            {
                faults.push(fault);
            }
        }
        faults
    }

    /// The words that a template names and that this letter does not know, in order.
    fn unknown(&self, source: &str) -> Result<Vec<String>, Fault> {
        let environment = environment(None);
        let parsed = parsed(&environment, source)?;
        let mut unknown: Vec<String> = parsed.undeclared_variables(false).into_iter().collect();
        unknown.retain(|word| !self.knows(word));
        unknown.sort_unstable();
        Ok(unknown)
    }

    fn no_word(&self, source: &str, word: &str) -> Fault {
        let name = self.name;
        let what = format!("`{word}` is no word of `{name}`: `candor mail templates show {name}` lists them");
        let line = line_of(source, word);
        Fault { line, what }
    }

    fn knows(&self, word: &str) -> bool {
        self.words.iter().any(|(known, _)| *known == word)
    }

    /// A letter about so many reports, of which `has` says what is there at all.
    fn sample(&self, many: usize, said: &str, has: &dyn Fn(&str) -> bool) -> Context {
        let told = || Value::from(said);
        let maybe = |word: &str| Value::from(has(word).then(told));
        let list = |word: &str, item: &Value| Value::from_iter(has(word).then(|| item.clone()));
        let promise = map([
            ("deed", Value::from("text")),
            ("clause", Value::from("N20")),
            ("due", Value::from("text")),
        ]);
        let ask = map([("what", told()), ("clause", Value::from("N20"))]);
        let term = map([("text", told()), ("clause", Value::from("N22"))]);
        let until = map([("day", Value::from("text")), ("clause", Value::from("N20"))]);
        let policy = map([
            ("title", told()),
            ("version", Value::from("1")),
            ("address", Value::from("text")),
        ]);
        let short = |word: &str| Value::from(has(word).then_some("text"));
        let report = || {
            let mut report = vec![("number", Value::from("text")), ("status", short("status"))];
            // Only what is encrypted knows a title, and the rest of a report with it.
            if self.knows("title") {
                let promises = list("promises", &promise);
                report.extend([
                    ("title", short("title")),
                    ("room", short("room")),
                    ("promises", promises),
                ]);
            }
            map(report)
        };
        let value = |word: &str| match word {
            "vendor" | "number" => Value::from("text"),
            "key" | "title" | "room" | "status" => short(word),
            "many" => Value::from(many > 1),
            "count" => Value::from(many),
            "again" | "appeal" | "chosen" => Value::from(has(word)),
            "policy" => Value::from(has(word).then(|| policy.clone())),
            "asks" => list(word, &ask),
            "terms" => list(word, &term),
            "until" => Value::from(has(word).then(|| until.clone())),
            "reports" => Value::from_iter((0..many).map(|_| report())),
            "severity" | "answer" | "asked" => maybe(word),
            _ => told(),
        };
        self.words.iter().map(|(word, _)| (*word, value(word))).collect()
    }
}

/// What a letter may name, with its value.
pub(super) type Context = BTreeMap<&'static str, Value>;

/// A value with parts.
pub(super) fn map(parts: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::from_pairs(parts)
}

/// What is wrong with a template, and where. Nothing of a letter stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub what: String,
}

/// What is not there in every letter.
const MAY_LACK: &str = "it is not there in every letter";

impl Fault {
    fn of(error: &Error, source: &str) -> Fault {
        let line = error.line().unwrap_or(1);
        let written = source.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
        let plain = written.chars().filter(|c| !c.is_control());
        let written: String = plain.take(MAX_QUOTED_CHARS).collect();
        // What the library says of values may quote a letter; what it says of the template's form does not.
        let what = match error.kind() {
            ErrorKind::SyntaxError => format!("{}: {written}", error.detail().unwrap_or("it cannot be read")),
            _ if error.detail() == Some(MAY_LACK) => {
                format!("{MAY_LACK}: put `{{% if … %}}` and `{{% endif %}}` around it: {written}")
            }
            ErrorKind::UndefinedError => format!("there is no such word: {written}"),
            ErrorKind::NonPrimitive => format!("this is no text: {written}"),
            ErrorKind::OutOfFuel => "it takes too many steps".to_owned(),
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod => {
                format!("letters know no filters, tests and functions: {written}")
            }
            kind => format!("{kind}: {written}"),
        };
        Fault { line, what }
    }

    pub(super) fn whole(what: &str) -> Fault {
        Fault {
            line: 1,
            what: what.to_owned(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// An operator's words, by letter and file; ours where there are none.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<(&'static str, Part), String>);

impl Words {
    /// Takes an operator's words for one file of a letter.
    pub fn put(&mut self, template: &Template, part: Part, source: String) {
        self.0.insert((template.name, part), source);
    }

    /// The operator's words for one file of a letter.
    #[must_use]
    pub fn of(&self, template: &Template, part: Part) -> Option<&str> {
        self.0.get(&(template.name, part)).map(String::as_str)
    }

    /// One file of a letter as it is said; and, where ours stand in for an operator's, what is wrong with those.
    pub(super) fn said(
        &self,
        template: &Template,
        part: Part,
        context: &Context,
    ) -> Result<(String, Option<String>), Fault> {
        let ours = || render(template.ours(part), part, context, None);
        let Some(source) = self.of(template, part) else {
            return Ok((ours()?, None));
        };
        match render(source, part, context, Some(MAX_STEPS)) {
            Ok(said) => Ok((said, None)),
            Err(fault) => Ok((ours()?, Some(format!("{}/{}, {fault}", template.name, part.file())))),
        }
    }
}

/// Words of an operator are made in so many steps; ours need no bounds but those of what they say.
fn render(source: &str, part: Part, context: &Context, most_steps: Option<u64>) -> Result<String, Fault> {
    let environment = environment(most_steps);
    let said = parsed(&environment, source)?.render(map(context.clone()));
    let said = said.map_err(|error| Fault::of(&error, source))?;
    match part {
        Part::Subject => {
            let title = one_line(&said);
            match title.is_empty() {
                true => Err(Fault::whole("it gives no title")),
                false => Ok(title),
            }
        }
        Part::Text if most_steps.is_some() && said.len() > MAX_TEXT_BYTES => {
            Err(Fault::whole("it gives more text than a letter holds"))
        }
        Part::Text if said.trim().is_empty() => Err(Fault::whole("it gives no text")),
        Part::Text => Ok(said.trim_end().to_owned() + "\n"),
    }
}

fn parsed<'e, 's>(environment: &'e Environment<'s>, source: &'s str) -> Result<minijinja::Template<'e, 's>, Fault> {
    if source.len() > MAX_TEMPLATE_BYTES {
        return Err(Fault::whole("it is too long"));
    }
    let parsed = environment.template_from_str(source);
    parsed.map_err(|error| Fault::of(&error, source))
}

/// A title as a field holds it: no second line, whatever made one.
fn one_line(said: &str) -> String {
    let plain = said.trim().chars().filter_map(|c| match c {
        '\n' | '\u{2028}' | '\u{2029}' => Some(' '),
        c => (!c.is_control()).then_some(c),
    });
    plain.take(MAX_SUBJECT_CHARS).collect()
}

/// No filters, tests, functions and other files: nothing but values, conditions and loops.
fn environment(most_steps: Option<u64>) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(print);
    environment.set_fuel(most_steps);
    // A line that holds nothing but a condition leaves no empty line behind.
    let layout = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(layout) = layout {
        environment.set_syntax(layout);
    }
    environment
}

/// Letters are made of words and numbers: neither of lists, nor of what is not there.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Undefined => minijinja::escape_formatter(out, state, value),
        ValueKind::None => Err(Error::new(ErrorKind::UndefinedError, MAY_LACK)),
        _ => Err(Error::from(ErrorKind::NonPrimitive)),
    }
}

/// The first line that says a word.
fn line_of(source: &str, word: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let says = |line: &str| line.split(|c| !is_part(c)).any(|part| part == word);
    source.lines().position(says).map_or(1, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_have_no_faults() {
        for template in TEMPLATES {
            for part in Part::ALL {
                let faults = template.faults(part, template.ours(part));
                assert_eq!(faults, [], "{}/{}", template.name, part.file());
            }
        }
    }

    fn check_fault(name: &str, source: &str, line: usize, what: &str) {
        let faults = template(name).unwrap().faults(Part::Text, source);
        let [fault] = faults.as_slice() else {
            panic!("{source}: {faults:?}")
        };
        assert!(fault.line == line && fault.what.contains(what), "{source}: {fault}");
    }

    #[test]
    fn a_fault_is_told_with_its_line_and_its_word() {
        check_fault(
            "message",
            "Dear reporter,\n{{ sayd }}",
            2,
            "`sayd` is no word of `message`",
        );
        check_fault("message", "{% if appeal %}yes{% endif %}", 1, "`appeal`");
        check_fault("message", "a\n{{ said | upper }}", 2, "no filters");
        check_fault("message", "a\n{% if said is defined %}b{% endif %}", 2, "no filters");
        check_fault("message", "{{ range(9) }}", 1, "`range`");
        check_fault("message", "\n{{ said.upper() }}", 2, "no filters");
        check_fault("message", "{% include \"x\" %}", 1, "include");
        check_fault("message", "{% import \"x\" as x %}", 1, "import");
        check_fault("message", "{{ said", 1, "expected");
        check_fault("message", "   ", 1, "no text");
        check_fault("message", "{{ 1 / 0 }}", 1, "1 / 0");
        check_fault("message", &"x".repeat(MAX_TEMPLATE_BYTES + 1), 1, "too long");
    }

    #[test]
    fn a_letter_in_clear_has_no_name_for_what_it_must_not_say() {
        for word in ["title", "room", "said", "verdict", "asks", "severity"] {
            check_fault("news", &format!("\n\n{{{{ {word} }}}}"), 3, &format!("`{word}`"));
            let source = format!("{{{{ {word} }}}}");
            check_fault("acknowledgement-clear", &source, 1, &format!("`{word}`"));
        }
        for part in ["title", "room", "promises"] {
            let source = format!("{{% for report in reports %}}\n{{{{ report.{part} }}}}\n{{% endfor %}}");
            check_fault("acknowledgement-clear", &source, 2, "no such word");
        }
    }

    #[test]
    fn what_a_letter_may_lack_is_asked_for_first() {
        check_fault("message", "a\n{{ room }}", 2, "{% if … %}");
        let message = template("message").unwrap();
        let asked = "a\n{% if room %}\n{{ room }}\n{% endif %}";
        assert_eq!(message.faults(Part::Text, asked), []);
        // Without a title, in one letter of many.
        check_fault(
            "acknowledgement",
            "a\n{% for report in reports %}{{ report.title }}{% endfor %}",
            2,
            "{% if … %}",
        );
        check_fault("acknowledgement", "{{ policy.titel }}", 1, "no such word");
        check_fault("acknowledgement", "{{ reports }}", 1, "no text");
    }

    #[test]
    fn what_never_ends_ends() {
        let nested = |inside: &str| {
            let mut source = inside.to_owned();
            for level in 0..6 {
                source = format!("{{% for a{level} in reports %}}{source}{{% endfor %}}");
            }
            source
        };
        check_fault("acknowledgement", &nested("a"), 1, "too many steps");
        // Neither does it fill the memory.
        let mut doubled = String::from("{% set a = said %}");
        doubled.push_str(&"{% set a = a ~ a %}".repeat(60));
        check_fault("message", &doubled, 1, "too many steps");
        let repeated = template("message").unwrap().faults(Part::Text, "{{ said * 99999999 }}");
        assert!(!repeated.is_empty());
        check_fault("message", &"{{ said }}".repeat(20), 1, "more text");
    }

    #[test]
    fn a_title_is_one_line_of_a_few_words() {
        let context: Context = [("title", Value::from("a\r\nBcc: eve@example.org\t\u{7}\u{2028}b"))].into();
        assert_eq!(
            render("{{ title }}\n\nmore\n", Part::Subject, &context, None).unwrap(),
            "a Bcc: eve@example.org b  more"
        );
        let long = render(&"x".repeat(1_000), Part::Subject, &context, None).unwrap();
        assert_eq!(long.len(), MAX_SUBJECT_CHARS);
    }

    #[test]
    fn what_a_letter_says_is_no_template() {
        let context: Context = [("said", Value::from("{{ title }} <b> & {% if %}"))].into();
        assert_eq!(
            render("{{ said }}", Part::Text, &context, Some(100)).unwrap(),
            "{{ title }} <b> & {% if %}\n"
        );
    }

    #[test]
    fn words_that_fail_are_left_out_for_ours() {
        let mut words = Words::default();
        let news = template("news").unwrap();
        let context: Context = ["vendor", "number", "key", "status"]
            .map(|word| (word, Value::from(word)))
            .into();
        let (ours, none) = words.said(news, Part::Text, &context).unwrap();
        assert!(ours.contains("There is news") && none.is_none(), "{ours}");
        words.put(news, Part::Text, "Hello {{ number }}.".to_owned());
        let said = words.said(news, Part::Text, &context).unwrap();
        assert_eq!(said, ("Hello number.\n".to_owned(), None));
        for wrong in ["Hello {{ secret }}.", "{{ number", " ", "{{ 1 / 0 }}"] {
            words.put(news, Part::Text, wrong.to_owned());
            let (said, fault) = words.said(news, Part::Text, &context).unwrap();
            assert_eq!(said, ours);
            assert!(fault.unwrap().starts_with("news/text.txt, line 1: "), "{wrong}");
        }
    }

    #[test]
    fn a_fault_quotes_nothing_of_a_letter() {
        let context: Context = [("said", Value::from("quokka")), ("count", Value::from(4711))].into();
        for source in [
            "{{ said.quokka_ }}",
            "{{ said / 2 }}",
            "{{ count / 0 }}",
            "{{ said() }}",
            "{% for a, b in said %}{% endfor %}",
        ] {
            let fault = render(source, Part::Text, &context, None).unwrap_err().to_string();
            let told = fault.replace(source, "");
            assert!(!told.contains("quokka") && !told.contains("4711"), "{fault}");
        }
    }
}
