//! ARCHITECTURE.md stays short enough to be read before the first change.
//!
//! Owns the limit.

use super::Finding;
use crate::project::Project;

const FILE: &str = "ARCHITECTURE.md";
const MOST_LINES: usize = 300;

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let Some(file) = project.text(FILE) else {
        return vec![Finding::new(FILE, 1, "is missing")];
    };
    match file.text.lines().count() {
        lines if lines > MOST_LINES => {
            vec![Finding::new(
                FILE,
                MOST_LINES + 1,
                format!("has {lines} lines, {MOST_LINES} is the limit: tell less"),
            )]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    #[test]
    fn a_page_too_long_is_found() {
        check_findings(check, &Project::of(&[(FILE, &"a line\n".repeat(300))]), &[]);
        check_findings(
            check,
            &Project::of(&[(FILE, &"a line\n".repeat(301))]),
            &["ARCHITECTURE.md:301: has 301 lines, 300 is the limit: tell less"],
        );
    }

    #[test]
    fn a_missing_page_is_found() {
        check_findings(check, &Project::of(&[]), &["ARCHITECTURE.md:1: is missing"]);
    }
}
