//! Compares the crate `cvss` with three crates of crates.io in one run on one core: which share of the scores is exact, and how
//! many vectors per second of processor time each parses and scores. Two sets for each version: the reference data, and random vectors whose truth
//! is the exact second implementation in the tests of the crate `cvss`. It measures only; it asserts nothing.
//!
//! Usage: `cargo run --release --manifest-path bench/cvss/Cargo.toml`, with `CANDOR_DATA` naming the folder that holds
//! `data/cvss/*.tsv.xz`, and the program `xz`.

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ours::{Group, Version};

#[path = "../../../crates/cvss/src/tests/decimal.rs"]
mod decimal;
#[path = "../../../crates/cvss/src/v4/lookup.rs"]
mod lookup;
#[path = "../../../crates/cvss/src/tests/oracle.rs"]
mod oracle;
#[expect(dead_code, reason = "shared with tests that use more of it")]
#[path = "../../../crates/cvss/src/tests/random.rs"]
mod random;
/// Where the oracle looks for the scores of the macrovectors.
mod v4 {
    pub(crate) use crate::lookup::LOOKUP;
}

/// Scores in tenths: one column for each score of the reference data; `None` where the crate has no such score.
type Scores = [Option<i64>; 4];

/// Parses and scores one vector; `None` if the crate rejects it.
type Run = fn(&str) -> Option<Scores>;

struct Peer {
    name: &'static str,
    run: [Run; 4],
}

const VERSIONS: [(&str, &str, &[&str]); 4] = [
    ("2.0", "v20.tsv.xz", &["base", "temporal", "environmental"]),
    ("3.0", "v30.tsv.xz", &["base", "temporal", "environmental"]),
    ("3.1", "v31.tsv.xz", &["base", "temporal", "environmental"]),
    ("4.0", "v40.tsv.xz", &["B", "BT", "BE", "BTE"]),
];

const PEERS: [Peer; 4] = [
    Peer {
        name: "ours",
        run: [ours; 4],
    },
    Peer {
        name: "cvss 3.0.0",
        run: [rustsec_2, rustsec_3, rustsec_3, rustsec_4],
    },
    Peer {
        name: "cvss-rs 0.5.0",
        run: [cvss_rs_2, cvss_rs_3, cvss_rs_3, cvss_rs_4],
    },
    Peer {
        name: "polycvss 0.4.0",
        run: [polycvss_2, polycvss_3, polycvss_3, polycvss_4],
    },
];

const ROUNDS: usize = 7;
/// The least length of a round of one crate; the kernel counts processor time in steps of a few milliseconds.
const ROUND: Duration = Duration::from_millis(50);
const RANDOM_VECTORS: usize = 10_000;

fn main() -> ExitCode {
    println!("version  vectors         crate            vectors/s  exact");
    for (place, (_, file, _)) in VERSIONS.iter().enumerate() {
        match rows(file) {
            Ok(rows) => compare("reference", place, &rows),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
        compare("random", place, &random_rows(Version::ALL[place]));
    }
    ExitCode::SUCCESS
}

fn compare(set: &str, place: usize, rows: &[Row]) {
    let (version, _, columns) = VERSIONS[place];
    let speeds = speeds(rows, place);
    for (peer, speed) in PEERS.iter().zip(speeds) {
        let exact = exactness(rows, columns, peer.run[place]);
        let count = rows.len();
        println!(
            "{version:<8} {set:<9} {count:>5} {:<16} {speed:>9.0}  {exact}",
            peer.name
        );
    }
}

fn random_rows(version: Version) -> Vec<Row> {
    let mut random = random::Random(2026);
    let row = |_| {
        let vector = random.vector(version);
        let scores = oracle::scores(&vector).map(Some);
        (vector, scores)
    };
    (0..RANDOM_VECTORS).map(row).collect()
}

/// A vector and its true scores in tenths.
type Row = (String, Scores);

fn rows(file: &str) -> Result<Vec<Row>, String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var("CANDOR_DATA").unwrap_or_else(|_| beside.to_owned());
    let path = PathBuf::from(root).join("data/cvss").join(file);
    let output = Command::new("xz").arg("-dc").arg(&path).output();
    let output = output.map_err(|error| format!("cannot run xz: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "xz cannot read {}; set CANDOR_DATA to the folder above data/cvss",
            path.display()
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().skip(1).map(row).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let mut columns = line.split('\t');
    let vector = columns.next().unwrap_or_default().to_owned();
    let mut scores = [None; 4];
    for (score, column) in scores.iter_mut().zip(columns) {
        if column != "-" {
            *score = Some(tenths(column.parse().map_err(|_| format!("bad row: {line}"))?));
        }
    }
    Ok((vector, scores))
}

/// The share of the scores that are true. A score that the truth or the crate leaves undefined for this vector does not count;
/// all scores of a vector that the crate rejects count as wrong.
fn exactness(rows: &[Row], columns: &[&str], run: Run) -> String {
    let results: Vec<Option<Scores>> = rows.iter().map(|(vector, _)| run(vector)).collect();
    let share = |column: usize| {
        let (mut right, mut compared) = (0, 0);
        for ((_, truth), result) in rows.iter().zip(&results) {
            let score = result.map_or(Some(-1), |scores| scores[column]);
            if let (Some(truth), Some(score)) = (truth[column], score) {
                compared += 1;
                right += usize::from(score == truth);
            }
        }
        if compared == 0 {
            return "-".to_owned();
        }
        // Cut, not rounded: 100 % means every one.
        let thousandths = right * 100_000 / compared;
        format!("{}.{:03} %", thousandths / 1000, thousandths % 1000)
    };
    let shares = columns
        .iter()
        .enumerate()
        .map(|(i, name)| format!("{name} {}", share(i)));
    shares.collect::<Vec<_>>().join("  ")
}

/// Vectors per second of processor time for each peer: the median of rounds in which all take turns.
fn speeds(rows: &[Row], place: usize) -> Vec<f64> {
    let mut rounds = vec![Vec::new(); PEERS.len()];
    for _ in 0..ROUNDS {
        for (peer, rounds) in PEERS.iter().zip(&mut rounds) {
            rounds.push(speed(rows, peer.run[place]));
        }
    }
    let median = |mut rounds: Vec<f64>| {
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    };
    rounds.into_iter().map(median).collect()
}

fn speed(rows: &[Row], run: Run) -> f64 {
    let start = time();
    let mut scored = 0;
    loop {
        for (vector, _) in rows {
            black_box(run(black_box(vector)));
        }
        scored += rows.len();
        let taken = time().saturating_sub(start);
        if taken >= ROUND {
            return scored as f64 / taken.as_secs_f64();
        }
    }
}

/// The time that this thread has spent on a processor, so that a busy machine does not blur the result; where the system does
/// not tell, the time that has passed.
fn time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = schedstat.and_then(|text| text.split(' ').next()?.parse().ok());
    match on_processor {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => START.get_or_init(Instant::now).elapsed(),
    }
}

fn tenths(score: f64) -> i64 {
    (score * 10.0).round() as i64
}

fn ours(text: &str) -> Option<Scores> {
    let scores = ours::Vector::parse(text).ok()?.equations();
    Some([scores.base, scores.temporal, scores.environmental, scores.all].map(|score| Some(i64::from(score.tenths()))))
}

fn rustsec_2(text: &str) -> Option<Scores> {
    let vector = rustsec::v2::Vector::from_str(text).ok()?;
    let scores = [vector.score(), vector.temporal_score(), vector.environmental_score()];
    let [base, temporal, environmental] = scores.map(|score| Some(tenths(score.value())));
    Some([base, temporal, environmental, None])
}

fn rustsec_3(text: &str) -> Option<Scores> {
    let vector = rustsec::v3::Vector::from_str(text).ok()?;
    let [base, temporal, environmental] = [
        vector.base_score(),
        vector.temporal_score(),
        vector.environmental_score(),
    ]
    .map(|score| Some(tenths(score.value())));
    Some([base, temporal, environmental, None])
}

/// Offers the score of the whole vector alone.
fn rustsec_4(text: &str) -> Option<Scores> {
    let vector = rustsec::v4::Vector::from_str(text).ok()?;
    Some([None, None, None, Some(tenths(vector.score().value()))])
}

fn cvss_rs_2(text: &str) -> Option<Scores> {
    let vector = cvss_rs::v2_0::CvssV2::from_str(text).ok()?;
    let base = vector.calculated_base_score().map(tenths);
    let temporal = vector.calculated_temporal_score().map(tenths);
    let environmental = vector.calculated_environmental_score().map(tenths);
    Some([base, temporal, environmental, None])
}

fn cvss_rs_3(text: &str) -> Option<Scores> {
    let vector = cvss_rs::v3::CvssV3::from_str(text).ok()?;
    let base = vector.calculated_base_score().map(tenths);
    let temporal = vector.calculated_temporal_score().map(tenths);
    let environmental = vector.calculated_environmental_score().map(tenths);
    Some([base, temporal, environmental, None])
}

/// What it calls base is compared with B, as its callers will take it.
fn cvss_rs_4(text: &str) -> Option<Scores> {
    let vector = cvss_rs::v4_0::CvssV4::from_str(text).ok()?;
    let base = vector.calculated_base_score().map(tenths);
    let full = vector.calculated_full_score().map(tenths);
    Some([base, None, None, full])
}

fn polycvss_2(text: &str) -> Option<Scores> {
    let vector = polycvss::v2::Vector::from_str(text).ok()?;
    let scores = polycvss::v2::Scores::from(vector);
    polycvss_scores(scores.base, scores.temporal, scores.environmental)
}

fn polycvss_3(text: &str) -> Option<Scores> {
    let vector = polycvss::v3::Vector::from_str(text).ok()?;
    let scores = polycvss::v3::Scores::from(vector);
    polycvss_scores(scores.base, scores.temporal, scores.environmental)
}

fn polycvss_scores(
    base: polycvss::Score,
    temporal: Option<polycvss::Score>,
    environmental: Option<polycvss::Score>,
) -> Option<Scores> {
    let of = |score: polycvss::Score| tenths(f64::from(score));
    Some([Some(of(base)), temporal.map(of), environmental.map(of), None])
}

/// Offers the score of the whole vector alone.
fn polycvss_4(text: &str) -> Option<Scores> {
    let vector = polycvss::v4::Vector::from_str(text).ok()?;
    let score = polycvss::v4::Scores::from(vector).score;
    Some([None, None, None, Some(tenths(f64::from(score)))])
}
