//! A server that dies while a message comes in over LMTP: at every call that writes between the first byte and `250`. What was acknowledged is
//! there, once; a mail server that tries again hands over the same message. And the same mail, a hundred times.
//!
//! Needs `strace`, and the right to attach it to a process that runs. A run takes a sample; `CANDOR_DEEP=1` takes every call there is.

use crate::house::*;
use crate::kill::{CALLS, Point, counted, points};
use crate::mail::{Serving, Wire, address, letter, rows};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// `strace` on a server that runs; none if it must not look at it.
fn attached(serving: &Serving, options: &[&str]) -> Option<Child> {
    let mut strace = Command::new("strace")
        .args(["-f", "-p", &serving.child.id().to_string()])
        .args(options)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(strace.stderr.take().unwrap());
    let mut line = String::new();
    let is_there = said.read_line(&mut line).is_ok() && line.contains("attached");
    if !is_there {
        let _ = strace.wait();
        return None;
    }
    // Whatever else it says must not fill the pipe.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Some(strace)
}

/// Hands a message over, and says whether it was acknowledged.
fn handed(serving: &Serving, to: &str, message: &str) -> bool {
    let Ok(stream) = std::net::TcpStream::connect(&serving.lmtp) else {
        return false;
    };
    let mut wire = Wire::on(stream);
    let steps = [
        ("", "220"),
        ("LHLO mx.test\r\n", "250"),
        ("MAIL FROM:<rita@researcher.example>\r\n", "250"),
        (&format!("RCPT TO:<{to}>\r\n"), "250"),
        ("DATA\r\n", "354"),
        (&format!("{message}.\r\n"), "250"),
    ];
    steps.iter().all(|(said, expected)| {
        wire.try_say(said);
        wire.heard_if_any().is_some_and(|answer| answer.starts_with(expected))
    })
}

/// A house that serves, killed in the end whatever it does.
fn with_server<T>(dir: &Path, run: impl FnOnce(&Serving) -> T) -> T {
    let mut serving = Serving::start(dir);
    let ran = run(&serving);
    let _ = serving.child.kill();
    let _ = serving.child.wait();
    ran
}

#[test]
fn a_server_killed_before_250_has_it_once_or_hears_it_again() {
    if !has("strace", "--version") {
        return skipped("strace");
    }
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let to = address(&dir);
    let message = letter(&"It crashes.\r\n".repeat(20_000));
    let fresh = |name: &str| {
        let here = base.path().join(name);
        copy(&dir, &here);
        here
    };
    let log = base.path().join("calls");
    let counts = with_server(&fresh("count"), |serving| {
        let trace = format!("trace={CALLS}");
        let mut strace = attached(serving, &["-o", &text(&log), "-e", &trace])?;
        assert!(handed(serving, &to, &message));
        let stop = rustix::process::Pid::from_child(&strace);
        rustix::process::kill_process(stop, rustix::process::Signal::TERM).unwrap();
        strace.wait().unwrap();
        Some(counted(&log))
    });
    let Some(counts) = counts else {
        return skipped("the right to attach strace to a process");
    };
    let (mut lost, mut kept) = (0, 0);
    for (call, n) in points(counts) {
        let here = fresh(&format!("{call}-{n}"));
        let acknowledged = killed_at(&here, &to, &message, &(call, n));
        lost += usize::from(!acknowledged);
        kept += usize::from(acknowledged);
        check_once(&here, &to, &message, acknowledged);
        std::fs::remove_dir_all(&here).unwrap();
    }
    println!("killed before `250`: {lost}, after it: {kept}");
    assert!(lost > 0, "no death came before the answer");
}

/// Hands the message to a server that dies at a call, and says whether it had acknowledged it.
fn killed_at(dir: &Path, to: &str, message: &str, (call, n): &Point) -> bool {
    with_server(dir, |serving| {
        let inject = format!("inject={call}:signal=KILL:when={n}");
        let mut strace = attached(serving, &["-o", "/dev/null", "-e", &inject]).unwrap();
        let acknowledged = handed(serving, to, message);
        let _ = strace.kill();
        let _ = strace.wait();
        acknowledged
    })
}

/// What is there after a death, and after the sender's next try.
fn check_once(dir: &Path, to: &str, message: &str, acknowledged: bool) {
    let before = rows(dir);
    assert!(before.len() <= 1, "{before:?}");
    assert!(!acknowledged || before.len() == 1, "it was acknowledged, and is lost");
    verified(dir);
    with_server(dir, |serving| assert!(handed(serving, to, message)));
    let after = rows(dir);
    assert_eq!(after.len(), 1, "{after:?}");
    if let Some(before) = before.first() {
        assert_eq!(before["number"], after[0]["number"], "the next try is the same message");
    }
    let number = after[0]["number"].as_str().unwrap();
    let raw = json(&done(dir, &["case", "raw", number, "--as", "lead", "--json"]));
    assert!(raw["text"] == *message, "its bytes are not those that were sent");
    verified(dir);
}

#[test]
fn the_same_mail_a_hundred_times_is_one() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let to = address(&dir);
    with_server(&dir, |serving| {
        std::thread::scope(|scope| {
            for hand in 0..4 {
                let to = &to;
                scope.spawn(move || {
                    for time in 0..25 {
                        // Each came on a way of its own.
                        let message = format!(
                            "Received: from host-{hand}.example by mx.test; {time}\r\n{}",
                            letter("It crashes.")
                        );
                        assert!(handed(serving, to, &message), "{hand} {time}");
                    }
                });
            }
        });
    });
    assert_eq!(rows(&dir).len(), 1);
    done(&dir, &["work", "--once"]);
    assert_eq!(rows(&dir)[0]["state"], "report");
    verified(&dir);
}
