//! The direction of dependencies: who may import whom, and who alone may use an outside crate.
//!
//! Owns the two tables, which ARCHITECTURE.md tells in words. Never looks at source text: cargo knows what is imported.

use super::Finding;
use crate::project::Project;
use serde_json::Value;

/// Which crates of ours a crate may import. A crate that is not listed may not exist.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("cvss", &[]),
    ("psirt", &["cvss"]),
    ("documents", &["psirt", "cvss"]),
    ("fetch", &[]),
    ("gate", &[]),
    ("vault", &[]),
    ("openpgp", &[]),
    ("look", &[]),
    ("mail", &["openpgp"]),
    ("store", &["vault"]),
    ("casework", &["psirt", "documents", "gate", "store", "vault"]),
    // `publish` and `web` name values of `psirt` and `cvss` that `documents` and `casework` hand them.
    (
        "publish",
        &["cvss", "psirt", "documents", "fetch", "gate", "openpgp", "look"],
    ),
    ("web", &["cvss", "psirt", "casework", "documents", "publish", "look"]),
    (
        "candor",
        &[
            "cvss",
            "psirt",
            "documents",
            "fetch",
            "gate",
            "vault",
            "openpgp",
            "look",
            "mail",
            "store",
            "casework",
            "publish",
            "web",
        ],
    ),
    ("xtask", &[]),
];

/// Outside crates that stand behind one door, and the crates that are the door.
const DOORS: &[(&str, &[&str])] = &[
    ("anyhow", &["candor", "xtask"]),
    ("argon2", &["vault"]),
    ("axum", &["web"]),
    ("chacha20poly1305", &["vault"]),
    ("clap", &["candor"]),
    ("csaf-rs", &["gate"]),
    ("domain", &["candor"]),
    ("ed25519-dalek", &["vault"]),
    ("getrandom", &["vault"]),
    ("hpke", &["vault"]),
    ("landlock", &["candor"]),
    ("mailparse", &["mail"]),
    ("minijinja", &["mail"]),
    ("pgp", &["openpgp"]),
    ("rpgpie", &["openpgp"]),
    ("seccompiler", &["candor"]),
    ("smtp-proto", &["mail"]),
    ("sqlx", &["store"]),
    ("tokio", &["store", "casework", "web", "candor"]),
    ("tower-http", &["web"]),
    ("tracing-subscriber", &["candor"]),
    ("ureq", &["fetch"]),
];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let members = project.metadata["workspace_members"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let packages = project.metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = packages.iter().filter(|package| members.contains(&package["id"]));
    ours.flat_map(|package| check_package(project, package)).collect()
}

fn check_package(project: &Project, package: &Value) -> Vec<Finding> {
    let name = package["name"].as_str().unwrap_or_default();
    let manifest = if name == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{name}/Cargo.toml")
    };
    let line_of = |dependency: &str| {
        project.text(&manifest).map_or(1, |file| {
            file.line_of(|line| {
                let rest = line.strip_prefix(dependency);
                rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            })
        })
    };
    let Some((_, may_import)) = MAY_IMPORT.iter().find(|(crate_name, _)| *crate_name == name) else {
        let message = format!("`{name}` is a new crate: give it a line in {}", file!());
        return vec![Finding::new(&manifest, 1, message)];
    };

    let mut findings = Vec::new();
    for dependency in package["dependencies"].as_array().map_or(&[][..], Vec::as_slice) {
        let other = dependency["name"].as_str().unwrap_or_default();
        let for_tests = dependency["kind"] == "dev";
        // A test may put together what the crate itself must not see.
        if !dependency["path"].is_null() && !for_tests && !may_import.contains(&other) {
            let message = format!("`{name}` must not import `{other}`: {}", allowed(may_import));
            findings.push(Finding::new(&manifest, line_of(other), message));
        }
        let door = DOORS.iter().find(|(outside, _)| *outside == other);
        if let Some((_, door)) = door.filter(|(_, door)| !for_tests && !door.contains(&name)) {
            let message = format!("`{other}` stands behind {}; ask there", door.join(", "));
            findings.push(Finding::new(&manifest, line_of(other), message));
        }
    }
    findings
}

fn allowed(may_import: &[&str]) -> String {
    match may_import {
        [] => "it imports nothing of ours".to_owned(),
        names => format!("it may import {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;
    use serde_json::json;

    fn check_package_named(name: &str, dependencies: &Value, expect: &[&str]) {
        let mut project = Project::of(&[(
            "crates/psirt/Cargo.toml",
            "[dependencies]\ncvss = 1\nstore.workspace = true\n",
        )]);
        project.metadata = json!({
            "workspace_members": ["ours"],
            "packages": [{ "id": "ours", "name": name, "dependencies": dependencies }],
        });
        check_findings(check, &project, expect);
    }

    #[test]
    fn an_import_against_the_direction_is_found() {
        check_package_named(
            "psirt",
            &json!([{ "name": "cvss", "path": "crates/cvss" }, { "name": "store", "path": "crates/store" }]),
            &["crates/psirt/Cargo.toml:3: `psirt` must not import `store`: it may import cvss"],
        );
        check_package_named("psirt", &json!([{ "name": "cvss", "path": "crates/cvss" }]), &[]);
        let for_tests = json!([{ "name": "store", "path": "crates/store", "kind": "dev" }]);
        check_package_named("psirt", &for_tests, &[]);
    }

    #[test]
    fn an_outside_crate_past_its_door_is_found() {
        check_package_named(
            "psirt",
            &json!([{ "name": "sqlx" }]),
            &["crates/psirt/Cargo.toml:1: `sqlx` stands behind store; ask there"],
        );
        check_package_named("store", &json!([{ "name": "sqlx" }]), &[]);
        check_package_named("psirt", &json!([{ "name": "tokio", "kind": "dev" }]), &[]);
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_found() {
        let expect = format!(
            "crates/helpers/Cargo.toml:1: `helpers` is a new crate: give it a line in {}",
            file!()
        );
        check_package_named("helpers", &json!([]), &[&expect]);
    }
}
