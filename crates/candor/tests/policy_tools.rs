//! `candor policy simulate` and `diff` on files, as the built binary says it.

#![expect(clippy::unwrap_used, reason = "a test whose machine fails ends at once")]

use std::process::Command;

fn policies() -> String {
    format!("{}/../../policies", env!("CARGO_MANIFEST_DIR"))
}

/// Checks status, and parts of what is said.
fn check_candor(args: &[&str], status: i32, parts: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(args)
        .env_remove("CANDOR_DIR")
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    text
}

#[test]
fn past_cases_are_simulated_under_another_reading() {
    let archive = format!("{}/archive", policies());
    let simulate = [
        "policy",
        "simulate",
        "nozomi-networks",
        "--cases",
        &archive,
        "--reading",
        "remediation-start=received",
    ];
    let said = check_candor(
        &simulate,
        0,
        &["120 cases", "80 left out", "§N3     onprem-high-fix", "What moves: "],
    );
    assert!(
        said.lines()
            .any(|line| line.starts_with("§N5") && line.contains('\u{2192}')),
        "{said}"
    );

    let json = check_candor(&[&simulate[..], &["--json"]].concat(), 0, &[]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["cases"], 120);
    let moved = json["obligations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["moved"] == true)
        .count();
    let counted: u64 = json["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["moved"].as_u64().unwrap())
        .sum();
    assert!(moved > 50 && moved as u64 == counted);

    check_candor(&[&simulate[..], &["--since", "2025-01-01"]].concat(), 0, &["left out"]);
    check_candor(
        &["policy", "simulate", "nozomi-networks", "--cases", &archive],
        0,
        &["Nothing moves."],
    );
    check_candor(
        &["policy", "simulate", "nozomi-networks", "--cases", &policies()],
        1,
        &["no *.story.toml"],
    );
}

#[test]
fn two_versions_are_compared() {
    let directory = tempfile::tempdir().unwrap();
    let old = format!("{}/nozomi-networks.policy.md", policies());
    let text = std::fs::read_to_string(&old).unwrap();
    let text = text.replacen("version   = \"1\"", "version   = \"2\"", 1).replacen(
        "§N21 Please practise",
        "§N21 We ask you to practise",
        1,
    );
    let new = directory.path().join("nozomi-networks.policy.md");
    std::fs::write(&new, text.replacen("satisfied_by = [\"fix-deployed\", \"fix-released\"]\nper          = \"track\"\nstart        = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin       = \"24 hours\"", "satisfied_by = [\"fix-deployed\"]\nper          = \"track\"\nstart        = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin       = \"24 hours\"", 1)).unwrap();
    let new = new.to_str().unwrap();
    check_candor(
        &["policy", "diff", &old, new],
        0,
        &[
            "version 1 against",
            "version: \"1\" \u{2192} \"2\"",
            "§N21 reworded",
            "§N5 promise saas-high-workaround changed",
            "satisfied_by: ",
        ],
    );
    check_candor(&["policy", "diff", &old, &old], 0, &["Both say the same."]);
    check_candor(&["policy", "diff", &old, &old, "--json"], 0, &["\"rules\""]);
    check_candor(
        &["policy", "diff", &old, "nowhere"],
        2,
        &["neither a file nor a policy"],
    );
}
