//! Handing a message to a mail server: SMTP as the sending side (RFC 5321), one message to one recipient.
//!
//! Owns the conversation, and with it what is known of the message when it ends: until its last line was sent the server cannot have it, and
//! after that only an answer tells. Never reads a socket, and keeps nothing of what a server says but its codes: its words quote addresses.

/// Longest line of an answer, and most bytes of one (RFC 5321 §4.5.3.1.5 allows lines of 512).
const MAX_LINE_BYTES: usize = 2_000;
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// Whether TLS is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Nothing is handed over without it.
    Required,
    /// It is used where it is offered.
    Opportunistic,
    /// It is not asked for.
    Off,
}

/// Who we are for the mail server.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Without both.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// What is handed over, and how.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Our name in the greeting.
    pub host: String,
    /// Whether TLS is asked for.
    pub security: Security,
    /// Who we are, where the server wants to know.
    pub login: Option<Login>,
    /// Where failures are told.
    pub from: String,
    /// For whom it is.
    pub to: String,
    /// The message, its lines ending with CR LF.
    pub message: Vec<u8>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// The server has it.
    Taken,
    /// The server does not have it now, with the code or the reason.
    Later(String),
    /// The server never takes it, with the code.
    Never(String),
    /// All of it was sent, and no answer came.
    Unclear,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Ask {
    /// Write this, then read an answer.
    Say(Vec<u8>),
    /// Begin TLS, then call [`Handing::is_secure_now`]. What was read ahead in clear is thrown away.
    StartTls,
    /// It is over. Write this if it can be written, and close.
    End(Vec<u8>, Handed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    Hello,
    Tls,
    Login,
    From,
    To,
    Data,
    Sent,
}

/// One conversation.
#[derive(Debug)]
pub struct Handing {
    errand: Errand,
    stage: Stage,
    is_secure: bool,
    answer: Answer,
}

impl Handing {
    /// A conversation that begins; first an answer is read.
    #[must_use]
    pub fn new(errand: Errand) -> Handing {
        Handing {
            errand,
            stage: Stage::Greeting,
            is_secure: false,
            answer: Answer::default(),
        }
    }

    /// Takes what was read; says what to do once an answer is whole.
    pub fn heard(&mut self, bytes: &[u8]) -> Option<Ask> {
        match self.answer.read(bytes) {
            Ok(true) => {
                let answer = std::mem::take(&mut self.answer);
                Some(self.next(&answer))
            }
            Ok(false) => None,
            Err(()) => Some(Ask::End(Vec::new(), self.ended())),
        }
    }

    /// TLS has begun: the conversation starts anew under it.
    pub fn is_secure_now(&mut self) -> Ask {
        self.is_secure = true;
        self.answer = Answer::default();
        self.hello()
    }

    /// What is known of the message where the connection ended, or took too long.
    #[must_use]
    pub fn ended(&self) -> Handed {
        match self.stage {
            Stage::Sent => Handed::Unclear,
            _ => Handed::Later("the connection ended".to_owned()),
        }
    }

    fn next(&mut self, answer: &Answer) -> Ask {
        let is_good = match self.stage {
            Stage::Data => answer.code == 354,
            _ => (200..300).contains(&answer.code),
        };
        if !is_good {
            return self.refused(answer);
        }
        match self.stage {
            Stage::Greeting => self.hello(),
            Stage::Hello => self.after_hello(answer),
            Stage::Tls => Ask::StartTls,
            Stage::Login => self.say(Stage::From, format!("MAIL FROM:<{}>\r\n", self.errand.from)),
            Stage::From => self.say(Stage::To, format!("RCPT TO:<{}>\r\n", self.errand.to)),
            Stage::To => self.say(Stage::Data, "DATA\r\n".to_owned()),
            Stage::Data => {
                self.stage = Stage::Sent;
                Ask::Say(stuffed(&self.errand.message))
            }
            Stage::Sent => over(Handed::Taken),
        }
    }

    fn hello(&mut self) -> Ask {
        let hello = format!("EHLO {}\r\n", self.errand.host);
        self.say(Stage::Hello, hello)
    }

    fn after_hello(&mut self, answer: &Answer) -> Ask {
        if !self.is_secure && self.errand.security != Security::Off {
            if answer.offers("STARTTLS") {
                return self.say(Stage::Tls, "STARTTLS\r\n".to_owned());
            }
            if self.errand.security == Security::Required {
                return over(Handed::Later("the mail server offers no TLS".to_owned()));
            }
        }
        let Some(login) = &self.errand.login else {
            return self.say(Stage::From, format!("MAIL FROM:<{}>\r\n", self.errand.from));
        };
        if !answer.offers_word("AUTH", "PLAIN") {
            return over(Handed::Later("the mail server takes no password".to_owned()));
        }
        let said = format!("\0{}\0{}", login.user, login.password);
        let said = data_encoding::BASE64.encode(said.as_bytes());
        self.say(Stage::Login, format!("AUTH PLAIN {said}\r\n"))
    }

    fn say(&mut self, stage: Stage, line: String) -> Ask {
        // After the login comes the sender, whether there was one or not.
        self.stage = stage;
        Ask::Say(line.into_bytes())
    }

    /// Only what is said about this sender, this recipient and this message is for ever; what is said to us in general can be mended.
    fn refused(&self, answer: &Answer) -> Ask {
        let about_it = matches!(self.stage, Stage::From | Stage::To | Stage::Data | Stage::Sent);
        let about_us = matches!(answer.code, 530 | 534 | 535 | 538);
        over(match (about_it && !about_us, answer.code) {
            (true, 500..600) => Handed::Never(answer.reason()),
            _ => Handed::Later(answer.reason()),
        })
    }
}

fn over(handed: Handed) -> Ask {
    Ask::End(b"QUIT\r\n".to_vec(), handed)
}

/// A message as it goes over the wire: no line of it ends it (RFC 5321 §4.5.2).
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// An answer of a server, as far as it was read.
#[derive(Debug, Default)]
struct Answer {
    code: u16,
    lines: Vec<String>,
    rest: Vec<u8>,
    bytes: usize,
}

impl Answer {
    /// Whether it is whole.
    fn read(&mut self, bytes: &[u8]) -> Result<bool, ()> {
        self.bytes += bytes.len();
        self.rest.extend_from_slice(bytes);
        if self.bytes > MAX_REPLY_BYTES {
            return Err(());
        }
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let code = line.get(..3).and_then(|code| code.parse().ok());
            self.code = code.filter(|code| (200..600).contains(code)).ok_or(())?;
            let goes_on = line.as_bytes().get(3) == Some(&b'-');
            self.lines.push(line.get(4..).unwrap_or_default().to_owned());
            if !goes_on {
                return Ok(true);
            }
        }
        if self.rest.len() > MAX_LINE_BYTES {
            Err(())
        } else {
            Ok(false)
        }
    }

    fn offers(&self, what: &str) -> bool {
        let mut lines = self.lines.iter().skip(1);
        lines.any(|line| {
            line.split(' ')
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case(what))
        })
    }

    fn offers_word(&self, what: &str, word: &str) -> bool {
        self.lines.iter().skip(1).any(|line| {
            let mut words = line.split([' ', '=']);
            words.next().is_some_and(|first| first.eq_ignore_ascii_case(what))
                && words.any(|other| other.eq_ignore_ascii_case(word))
        })
    }

    /// The code, with the enhanced one if there is one (RFC 2034), and none of the words.
    fn reason(&self) -> String {
        let first = self.lines.first().map(String::as_str).unwrap_or_default();
        let first = first.split(' ').next().unwrap_or_default();
        let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let enhanced = first.len() <= 9 && first.split('.').count() == 3 && first.split('.').all(digits);
        match enhanced {
            true => format!("{} {first}", self.code),
            false => self.code.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(security: Security, login: bool) -> Errand {
        Errand {
            host: "psirt.vendor.example".to_owned(),
            security,
            login: login.then(|| Login {
                user: "psirt".to_owned(),
                password: "secret".to_owned(),
            }),
            from: "psirt+t@vendor.example".to_owned(),
            to: "rita@researcher.example".to_owned(),
            message: b"Subject: x\r\n\r\n.dot\r\nend\r\n".to_vec(),
        }
    }

    /// What is said to a server that answers like this, and how it ends. `TLS` marks its beginning.
    fn check(errand: Errand, answers: &[&str], said: &[&str], expect: Handed) {
        let mut handing = Handing::new(errand);
        let mut found = Vec::new();
        let mut ended = None;
        for answer in answers {
            // Byte by byte, as a slow network gives it.
            let mut asks = answer
                .bytes()
                .filter_map(|byte| handing.heard(&[byte]))
                .collect::<Vec<_>>();
            assert!(asks.len() <= 1, "{answer}: {asks:?}");
            let Some(mut ask) = asks.pop() else { break };
            if ask == Ask::StartTls {
                found.push("TLS".to_owned());
                ask = handing.is_secure_now();
            }
            match ask {
                Ask::Say(bytes) => found.push(String::from_utf8(bytes).unwrap()),
                Ask::End(_, handed) => ended = Some(handed),
                Ask::StartTls => panic!("twice"),
            }
        }
        assert_eq!(found, said);
        assert_eq!(ended.unwrap_or_else(|| handing.ended()), expect);
    }

    const EHLO: &str = "EHLO psirt.vendor.example\r\n";
    const FROM: &str = "MAIL FROM:<psirt+t@vendor.example>\r\n";
    const TO: &str = "RCPT TO:<rita@researcher.example>\r\n";
    const SENT: &str = "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n";

    #[test]
    fn a_message_is_handed_over_and_taken() {
        let answers = [
            "220 mx\r\n",
            "250-mx\r\n250 SIZE 1\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
        ];
        let said = [EHLO, FROM, TO, "DATA\r\n", SENT];
        let all = |last: &'static str| [&answers[..], &[last]].concat();
        let off = || errand(Security::Off, false);
        check(off(), &all("250 2.0.0 ok\r\n"), &said, Handed::Taken);
        check(off(), &answers, &said, Handed::Unclear);
        check(
            off(),
            &all("452 4.3.1 full\r\n"),
            &said,
            Handed::Later("452 4.3.1".to_owned()),
        );
        let quoting = "554 5.7.1 <rita@researcher.example> secret words\r\n";
        check(off(), &all(quoting), &said, Handed::Never("554 5.7.1".to_owned()));
        check(off(), &all("nonsense\r\n"), &said, Handed::Unclear);
    }

    #[test]
    fn what_is_refused_before_the_message_says_so() {
        let off = || errand(Security::Off, false);
        let ended = || Handed::Later("the connection ended".to_owned());
        check(off(), &["554 go away\r\n"], &[], Handed::Later("554".to_owned()));
        check(off(), &[], &[], ended());
        let to_rcpt = ["220 mx\r\n", "250 mx\r\n", "250 ok\r\n"];
        let said = [EHLO, FROM, TO];
        check(off(), &to_rcpt, &said, ended());
        for (answer, expect) in [
            ("550 5.1.1 unknown\r\n", Handed::Never("550 5.1.1".to_owned())),
            ("451 greylisted\r\n", Handed::Later("451".to_owned())),
            ("530 5.7.0 log in\r\n", Handed::Later("530 5.7.0".to_owned())),
        ] {
            check(off(), &[&to_rcpt[..], &[answer]].concat(), &said, expect);
        }
    }

    #[test]
    fn nothing_is_said_in_clear_where_tls_is_required() {
        let required = || errand(Security::Required, true);
        check(
            required(),
            &["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n"],
            &[EHLO],
            Handed::Later("the mail server offers no TLS".to_owned()),
        );
        check(
            required(),
            &[
                "220 mx\r\n",
                "250-mx\r\n250 STARTTLS\r\n",
                "220 go\r\n",
                "250-mx\r\n250 AUTH LOGIN PLAIN\r\n",
                "535 5.7.8 wrong\r\n",
            ],
            &[EHLO, "STARTTLS\r\n", "TLS", EHLO, "AUTH PLAIN AHBzaXJ0AHNlY3JldA==\r\n"],
            Handed::Later("535 5.7.8".to_owned()),
        );
        check(
            errand(Security::Opportunistic, false),
            &["220 mx\r\n", "250-mx\r\n250 SIZE\r\n", "550 5.7.1 not you\r\n"],
            &[EHLO, FROM],
            Handed::Never("550 5.7.1".to_owned()),
        );
    }

    #[test]
    fn an_endless_answer_ends() {
        let mut handing = Handing::new(errand(Security::Off, false));
        let endless = std::iter::repeat_n(b"250-x\r\n".as_slice(), 100_000);
        let ended = endless.map(|line| handing.heard(line)).find(Option::is_some);
        assert!(matches!(ended, Some(Some(Ask::End(_, Handed::Later(_))))));
        let mut handing = Handing::new(errand(Security::Off, false));
        assert!(matches!(handing.heard(&[b'2'; 5_000]), Some(Ask::End(..))));
    }
}
