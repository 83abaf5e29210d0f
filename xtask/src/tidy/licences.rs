//! Every package in the lock file may be used under a licence that `deny.toml` allows.
//!
//! Owns reading licence expressions. The list itself is `deny.toml`'s, so that there is one.

use super::Finding;
use crate::project::Project;
use anyhow::{Result, bail};
use serde_json::Value;
use toml::Table;

const LIST: &str = "deny.toml";

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let table = project.text(LIST).and_then(|file| file.text.parse::<Table>().ok());
    let Some(list) = table.as_ref().and_then(|table| table.get("licenses")) else {
        return vec![Finding::new(LIST, 1, "has no `[licenses]` that could be read")];
    };
    let packages = project.metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages
        .iter()
        .filter_map(|package| check_package(project, list, package))
        .collect()
}

fn check_package(project: &Project, list: &toml::Value, package: &Value) -> Option<Finding> {
    let name = package["name"].as_str().unwrap_or_default();
    let mut allowed = words(list.get("allow"));
    for exception in list
        .get("exceptions")
        .and_then(toml::Value::as_array)
        .map_or(&[][..], Vec::as_slice)
    {
        if exception.get("crate").and_then(toml::Value::as_str) == Some(name) {
            allowed.extend(words(exception.get("allow")));
        }
    }
    let message = match package["license"].as_str() {
        None => format!("`{name}` names no licence"),
        Some(expression) => match is_allowed(expression, &allowed) {
            Ok(true) => return None,
            Ok(false) => format!("`{name}` is under {expression}, which {LIST} does not allow"),
            Err(error) => format!("`{name}` is under `{expression}`, which could not be read: {error}"),
        },
    };
    let line = project
        .text("Cargo.lock")
        .map_or(1, |file| file.line_of(|line| line == format!("name = \"{name}\"")));
    Some(Finding::new("Cargo.lock", line, message))
}

fn words(list: Option<&toml::Value>) -> Vec<&str> {
    list.and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect()
}

/// Whether one can choose licences that are all allowed. `/` is an old way to write OR.
fn is_allowed(expression: &str, allowed: &[&str]) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        tokens: &tokens,
        allowed,
    };
    let verdict = reader.any_of()?;
    match reader.tokens {
        [] => Ok(verdict),
        [rest, ..] => bail!("`{rest}` was not expected"),
    }
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl Reader<'_> {
    fn any_of(&mut self) -> Result<bool> {
        let mut verdict = self.all_of()?;
        while self.next_is("OR") {
            verdict |= self.all_of()?;
        }
        Ok(verdict)
    }

    fn all_of(&mut self) -> Result<bool> {
        let mut verdict = self.one()?;
        while self.next_is("AND") {
            verdict &= self.one()?;
        }
        Ok(verdict)
    }

    fn one(&mut self) -> Result<bool> {
        if self.next_is("(") {
            let verdict = self.any_of()?;
            if !self.next_is(")") {
                bail!("a `)` is missing");
            }
            return Ok(verdict);
        }
        let [licence, rest @ ..] = self.tokens else {
            bail!("it ends too early")
        };
        self.tokens = rest;
        // "Or any later version" includes the version that is named.
        let mut licence = licence.trim_end_matches('+').to_owned();
        if self.next_is("WITH") {
            let [exception, rest @ ..] = self.tokens else {
                bail!("WITH names no exception")
            };
            self.tokens = rest;
            licence = format!("{licence} WITH {exception}");
        }
        Ok(self.allowed.contains(&licence.as_str()))
    }

    /// Steps over the token if it is next.
    fn next_is(&mut self, token: &str) -> bool {
        match self.tokens {
            [first, rest @ ..] if *first == token => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;
    use serde_json::json;

    fn check_licence(package: &Value, expect: &[&str]) {
        let list = "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"small\", allow = [\"MPL-2.0\"] }]\n";
        let mut project = Project::of(&[(LIST, list), ("Cargo.lock", "[[package]]\nname = \"other\"\n")]);
        project.metadata = json!({ "packages": [package] });
        check_findings(check, &project, expect);
    }

    #[test]
    fn a_licence_off_the_list_is_found() {
        check_licence(&json!({ "name": "other", "license": "MIT" }), &[]);
        check_licence(
            &json!({ "name": "other", "license": "AGPL-3.0-only" }),
            &["Cargo.lock:2: `other` is under AGPL-3.0-only, which deny.toml does not allow"],
        );
        check_licence(
            &json!({ "name": "other", "license": null }),
            &["Cargo.lock:2: `other` names no licence"],
        );
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        check_licence(&json!({ "name": "small", "license": "MPL-2.0+" }), &[]);
        check_licence(
            &json!({ "name": "other", "license": "MPL-2.0+" }),
            &["Cargo.lock:2: `other` is under MPL-2.0+, which deny.toml does not allow"],
        );
    }

    #[test]
    fn a_list_that_cannot_be_read_is_found() {
        let project = Project::of(&[(LIST, "[licenses")]);
        check_findings(
            check,
            &project,
            &["deny.toml:1: has no `[licenses]` that could be read"],
        );
    }

    fn check_expression(expression: &str, expect: Result<bool, &str>) {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];
        let found = is_allowed(expression, &allowed).map_err(|error| error.to_string());
        assert_eq!(found, expect.map_err(str::to_owned), "{expression}");
    }

    #[test]
    fn expressions_are_read_as_the_standard_says() {
        check_expression("GPL-3.0-only OR MIT", Ok(true));
        check_expression("GPL-3.0-only/MIT", Ok(true));
        check_expression("GPL-3.0-only AND MIT", Ok(false));
        check_expression("(MIT OR GPL-3.0-only) AND Unicode-3.0", Ok(true));
        check_expression("MIT OR GPL-3.0-only AND ISC", Ok(true));
        check_expression("(MIT OR GPL-3.0-only) AND ISC", Ok(false));
        check_expression("Apache-2.0 WITH LLVM-exception", Ok(true));
        check_expression("GPL-2.0 WITH Classpath-exception-2.0", Ok(false));
        check_expression("(MIT", Err("a `)` is missing"));
        check_expression("MIT MIT", Err("`MIT` was not expected"));
        check_expression("", Err("it ends too early"));
    }
}
