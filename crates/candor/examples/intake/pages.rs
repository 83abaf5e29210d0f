//! People who ask for pages meanwhile: one at the desk and one at the portal, each the next page a moment after the last. They never send anything.

use crate::house::{DOMAIN, Serving};
use crate::{Failed, spread};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const PORTAL: [&str; 4] = ["/", "/report", "/search?q=overflow", "/calculator"];
/// Between an answer and the next question.
const THINKING: Duration = Duration::from_millis(50);

/// How long pages took, by what was asked.
#[derive(Default)]
pub(crate) struct Times(BTreeMap<String, Vec<Duration>>);

impl Times {
    pub(crate) fn print(self, when: &str) {
        println!("pages {when}: {}", spread(self.0.values().flatten().copied().collect()));
        for (page, times) in self.0 {
            println!("  {page}: {}", spread(times));
        }
    }
}

pub(crate) struct Asking {
    stop: Arc<AtomicBool>,
    times: Arc<Mutex<Times>>,
    people: Vec<JoinHandle<Result<(), Failed>>>,
}

impl Asking {
    pub(crate) fn begin(serving: &Serving) -> Result<Asking, Failed> {
        let mut desk: Vec<String> = ["/", "/inbox", "/cases", "/mail", "/policy"]
            .map(str::to_owned)
            .to_vec();
        let cases = asked(serving.desk(), "localhost", "/cases")?;
        let case = cases
            .split("href=\"/cases/")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        desk.push(format!("/cases/{}", case.ok_or("the desk shows no case")?));
        let portal = PORTAL.map(str::to_owned).to_vec();
        let (stop, times) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Times>>::default());
        let faces = [
            ("desk", serving.desk(), "localhost", desk),
            ("portal", serving.portal(), DOMAIN, portal),
        ];
        let people = faces.map(|(face, address, host, pages)| {
            let (stop, times, address) = (Arc::clone(&stop), Arc::clone(&times), address.to_owned());
            thread::spawn(move || {
                for page in pages.iter().cycle() {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let begun = Instant::now();
                    asked(&address, host, page)?;
                    let took = begun.elapsed();
                    // All pages of cases are one kind.
                    let kind = if page.starts_with("/cases/") {
                        "/cases/NUMBER"
                    } else {
                        page
                    };
                    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
                    times.0.entry(format!("{face} {kind}")).or_default().push(took);
                    drop(times);
                    thread::sleep(THINKING);
                }
                Ok(())
            })
        });
        Ok(Asking {
            stop,
            times,
            people: people.into(),
        })
    }

    /// What was measured since the beginning, or since this was asked last.
    pub(crate) fn so_far(&self) -> Times {
        std::mem::take(&mut self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn end(mut self) -> Result<Times, Failed> {
        self.stop.store(true, Ordering::Relaxed);
        for person in self.people.drain(..) {
            person.join().map_err(|_| "nobody asks for pages any more")??;
        }
        Ok(self.so_far())
    }
}

/// A whole page, by a connection of its own.
fn asked(address: &str, host: &str, path: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(answer),
        false => Err(format!("{path}: {}", answer.lines().next().unwrap_or("no answer")).into()),
    }
}
