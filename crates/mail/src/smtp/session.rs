//! One conversation: which command may follow which, and what is answered.
//!
//! Owns the envelope while it is being told. Never reads a socket; whoever does hands every line in, and does what the step says.

use super::Fault;
use smtp_proto::{Error, MAIL_BODY_BINARYMIME, MAIL_REQUIRETLS, MailFrom, RcptTo, Request};
use std::fmt::Write as _;

/// How many commands may be wrong before the conversation ends.
const MAX_WRONG: u32 = 10;
/// How many commands one conversation may have without a message that was taken; a recipient that was taken is none of them.
const MAX_IDLE: u32 = 100;
/// The one recipient without a domain (RFC 5321 §4.5.1).
const POSTMASTER: &str = "postmaster";
/// Longest address (RFC 5321 §4.5.3.1.3 allows 256 bytes with its brackets).
const MAX_ADDRESS_BYTES: usize = 254;

/// Which of the two protocols is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 5321: one answer for a message.
    Smtp,
    /// RFC 2033: one answer for each recipient.
    Lmtp,
}

/// What we offer and allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Our name, as it is told in the greeting.
    pub host: String,
    /// Largest message.
    pub message_bytes: u64,
    /// Most recipients of a message.
    pub recipients: usize,
    /// Whether TLS can be begun.
    pub starttls: bool,
}

/// What was said about a message beside the message: data of the transport, never of the author.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Where failures are told; none for what must not be answered (`MAIL FROM:<>`).
    pub from: Option<String>,
    /// For whom it is; only addresses that are ours.
    pub to: Vec<String>,
}

/// What became of a message for one recipient, or for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, and survives a loss of power.
    Stored,
    /// It cannot be taken as it is.
    Refused(Fault),
    /// There is no room: later.
    Full,
    /// Something failed: later.
    Later,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn new(code: u16, text: &str) -> Reply {
        Reply {
            code,
            lines: vec![text.to_owned()],
        }
    }

    /// The answer as it is sent.
    #[must_use]
    pub fn written(&self) -> String {
        let mut written = String::new();
        for (index, line) in self.lines.iter().enumerate() {
            let mark = if index + 1 < self.lines.len() { '-' } else { ' ' };
            let _ = write!(written, "{}{mark}{line}\r\n", self.code);
        }
        written
    }

    fn is_refusal(&self) -> bool {
        self.code >= 400
    }
}

/// What to do after a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer, and read the next line.
    Say(Reply),
    /// Answer, and read a message.
    Message(Reply),
    /// Answer, and begin TLS. Whatever was read ahead in clear is thrown away.
    Tls(Reply),
    /// Answer, and close.
    End(Reply),
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    dialect: Dialect,
    terms: Terms,
    greeted: bool,
    secure: bool,
    /// The envelope, once a sender was told.
    envelope: Option<Envelope>,
    wrong: u32,
    idle: u32,
}

impl Session {
    /// A conversation that begins; `secure` if it is under TLS from the start.
    #[must_use]
    pub fn new(dialect: Dialect, terms: Terms, secure: bool) -> Session {
        Session {
            dialect,
            terms,
            greeted: false,
            secure,
            envelope: None,
            wrong: 0,
            idle: 0,
        }
    }

    /// What is said first.
    #[must_use]
    pub fn greeting(&self) -> Reply {
        let name = match self.dialect {
            Dialect::Smtp => "ESMTP",
            Dialect::Lmtp => "LMTP",
        };
        Reply::new(220, &format!("{} {name}", self.terms.host))
    }

    /// What is said to somebody for whom there is no room now.
    #[must_use]
    pub fn busy(host: &str) -> Reply {
        Reply::new(
            421,
            &format!("4.3.2 {host} has too many conversations, try again later"),
        )
    }

    /// What is said where nothing comes any more, or we end.
    #[must_use]
    pub fn closing(&self) -> Reply {
        Reply::new(421, &format!("4.4.2 {} closes the conversation", self.terms.host))
    }

    /// Takes a line with its end. `ours` says whether mail for an address is for us.
    pub fn line(&mut self, line: &[u8], ours: impl Fn(&str) -> bool) -> Step {
        self.idle += 1;
        let step = match parsed(line) {
            Ok(request) => self.request(request, ours),
            Err(reply) => Step::Say(reply),
        };
        match &step {
            Step::Say(reply) if reply.is_refusal() => self.wrong += 1,
            _ => {}
        }
        if self.wrong > MAX_WRONG || self.idle > MAX_IDLE {
            return Step::End(Reply::new(421, "4.7.0 Too many commands without a message"));
        }
        step
    }

    /// The envelope of the message that was announced by [`Step::Message`].
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        self.envelope.clone().unwrap_or_default()
    }

    /// The message was read to its end; these became of it, in the order of its recipients. Returns the answers.
    pub fn ended(&mut self, outcomes: &[Outcome]) -> Vec<Reply> {
        let recipients = self.envelope.take().map_or(0, |envelope| envelope.to.len());
        self.idle = 0;
        let worst = outcomes.iter().copied().find(|outcome| *outcome != Outcome::Stored);
        let said = |outcome: Option<Outcome>| said(outcome.unwrap_or(Outcome::Later));
        match self.dialect {
            // One answer: it is stored for everybody, or the sender keeps it.
            Dialect::Smtp => vec![said(worst.or_else(|| outcomes.first().copied()))],
            Dialect::Lmtp => (0..recipients)
                .map(|index| said(outcomes.get(index).copied()))
                .collect(),
        }
    }

    /// TLS has begun: what was said before counts no more (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.secure = true;
        self.greeted = false;
        self.envelope = None;
    }

    fn request(&mut self, request: Request<std::borrow::Cow<'_, str>>, ours: impl Fn(&str) -> bool) -> Step {
        Step::Say(match request {
            Request::Ehlo { .. } if self.dialect == Dialect::Smtp => self.hello(),
            Request::Lhlo { .. } if self.dialect == Dialect::Lmtp => self.hello(),
            Request::Helo { .. } if self.dialect == Dialect::Smtp => {
                self.greeted = true;
                self.envelope = None;
                Reply::new(250, &self.terms.host)
            }
            Request::Ehlo { .. } | Request::Helo { .. } => Reply::new(500, "5.5.1 This is LMTP: begin with LHLO"),
            Request::Lhlo { .. } => Reply::new(500, "5.5.1 This is SMTP: begin with EHLO"),
            Request::Mail { from } => self.mail(&from),
            Request::Rcpt { to } => self.recipient(&to, ours),
            Request::Data => match &self.envelope {
                None => Reply::new(503, "5.5.1 MAIL FROM comes first"),
                // RFC 2033 §4.2 wants another code than RFC 5321 §4.1.1.4.
                Some(envelope) if envelope.to.is_empty() => match self.dialect {
                    Dialect::Smtp => Reply::new(554, "5.5.1 No valid recipients"),
                    Dialect::Lmtp => Reply::new(503, "5.5.1 No valid recipients"),
                },
                Some(_) => return Step::Message(Reply::new(354, "Send the message, end it with a dot on a line")),
            },
            Request::StartTls if !self.terms.starttls => Reply::new(502, "5.5.1 TLS is not offered"),
            Request::StartTls if self.secure => Reply::new(503, "5.5.1 TLS has begun already"),
            Request::StartTls => return Step::Tls(Reply::new(220, "2.0.0 Begin TLS")),
            Request::Rset => {
                self.envelope = None;
                Reply::new(250, "2.0.0 Forgotten")
            }
            Request::Noop { .. } => Reply::new(250, "2.0.0 Still here"),
            // Who is here is nobody's business.
            Request::Vrfy { .. } => Reply::new(252, "2.5.0 Send a message and see"),
            Request::Quit => return Step::End(Reply::new(221, "2.0.0 Goodbye")),
            _ => Reply::new(502, "5.5.1 This command is not offered"),
        })
    }

    fn hello(&mut self) -> Reply {
        self.greeted = true;
        self.envelope = None;
        let mut lines = vec![
            self.terms.host.clone(),
            "PIPELINING".to_owned(),
            format!("SIZE {}", self.terms.message_bytes),
            "8BITMIME".to_owned(),
            "SMTPUTF8".to_owned(),
            "ENHANCEDSTATUSCODES".to_owned(),
        ];
        if self.terms.starttls && !self.secure {
            lines.push("STARTTLS".to_owned());
        }
        Reply { code: 250, lines }
    }

    fn mail(&mut self, from: &MailFrom<std::borrow::Cow<'_, str>>) -> Reply {
        if !self.greeted {
            return Reply::new(503, "5.5.1 Say hello first");
        }
        if self.envelope.is_some() {
            return Reply::new(503, "5.5.1 A sender was told already");
        }
        if from.flags & (MAIL_BODY_BINARYMIME | MAIL_REQUIRETLS) != 0 {
            return Reply::new(555, "5.5.4 A parameter is not offered");
        }
        if from.size as u64 > self.terms.message_bytes {
            return too_large();
        }
        let Some(address) = plain(&from.address) else {
            return Reply::new(553, "5.1.7 This sender address cannot be used");
        };
        self.envelope = Some(Envelope {
            from: (!address.is_empty()).then(|| address.to_owned()),
            to: Vec::new(),
        });
        Reply::new(250, "2.1.0 Sender noted")
    }

    fn recipient(&mut self, to: &RcptTo<std::borrow::Cow<'_, str>>, ours: impl Fn(&str) -> bool) -> Reply {
        let most = self.terms.recipients;
        let Some(envelope) = &mut self.envelope else {
            return Reply::new(503, "5.5.1 MAIL FROM comes first");
        };
        let Some(address) = plain(&to.address).filter(|address| ours(address)) else {
            // We are nobody's relay.
            return Reply::new(550, "5.1.1 Nobody here has this address");
        };
        if envelope.to.len() >= most {
            return Reply::new(452, "4.5.3 Too many recipients, send them with another message");
        }
        envelope.to.push(address.to_owned());
        // Whoever tells us for whom a message is has begun it.
        self.idle = self.idle.saturating_sub(1);
        Reply::new(250, "2.1.5 Recipient noted")
    }
}

/// A command, or why it is none.
fn parsed(line: &[u8]) -> Result<Request<std::borrow::Cow<'_, str>>, Reply> {
    let whole = line
        .strip_suffix(b"\r\n")
        .is_some_and(|line| !line.iter().any(|byte| b"\r\n\0".contains(byte)));
    if !whole {
        return Err(Reply::new(500, "5.5.2 A command is one line, ended by CR LF"));
    }
    let no_sender = || Reply::new(553, "5.1.7 This is no sender address");
    let request = Request::parse(&mut line.iter()).map_err(|error| match error {
        Error::UnknownCommand => Reply::new(500, "5.5.1 This command is not known"),
        Error::InvalidSenderAddress => no_sender(),
        Error::InvalidRecipientAddress => Reply::new(553, "5.1.3 This is no recipient address"),
        Error::UnsupportedParameter { .. } => Reply::new(555, "5.5.4 A parameter is not offered"),
        Error::InvalidParameter { .. } => Reply::new(501, "5.5.4 A parameter is wrong"),
        _ => Reply::new(501, "5.5.2 This command is not written right"),
    })?;
    match request {
        Request::Rcpt { mut to } if to.address.is_empty() && names_postmaster(line) => {
            to.address = POSTMASTER.into();
            Ok(Request::Rcpt { to })
        }
        // Without a domain it is nobody's who could be answered, and it is not `<>` either.
        Request::Mail { from } if from.address.is_empty() && names_postmaster(line) => Err(no_sender()),
        request => Ok(request),
    }
}

/// Whether a path without an address is the postmaster's: the parser makes the same of it and of `<>`.
fn names_postmaster(line: &[u8]) -> bool {
    let path = line.split(|byte| *byte == b'<').nth(1);
    let path = path.and_then(|rest| rest.split(|byte| *byte == b'>').next());
    // A route may stand before it.
    path.is_some_and(|path| path.to_ascii_lowercase().ends_with(POSTMASTER.as_bytes()))
}

/// An address that fits and hides nothing.
fn plain(address: &str) -> Option<&str> {
    let fits = address.len() <= MAX_ADDRESS_BYTES && !address.chars().any(|c| c.is_control() || c == '<' || c == '>');
    fits.then_some(address)
}

fn too_large() -> Reply {
    Reply::new(552, "5.3.4 The message is larger than what is taken here")
}

fn said(outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Stored => Reply::new(250, "2.0.0 Stored"),
        Outcome::Refused(Fault::TooLarge) => too_large(),
        Outcome::Refused(Fault::LoneLineEnd) => Reply::new(
            554,
            "5.6.0 A line of the message does not end with CR LF; nothing was kept",
        ),
        Outcome::Refused(Fault::LongLine) => {
            Reply::new(554, "5.6.0 A line of the message is too long; nothing was kept")
        }
        Outcome::Full => Reply::new(452, "4.3.1 There is no room for it now, try again later"),
        Outcome::Later => Reply::new(451, "4.3.0 It could not be stored now, try again later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session(dialect: Dialect) -> Session {
        let terms = Terms {
            host: "psirt.example.com".to_owned(),
            message_bytes: 1_000,
            recipients: 2,
            starttls: true,
        };
        Session::new(dialect, terms, false)
    }

    fn ours(address: &str) -> bool {
        address.to_ascii_lowercase().ends_with("@psirt.example.com")
    }

    /// Says lines, and compares the code of each answer. `…` after the code: a message may follow.
    fn check_session(session: &mut Session, said: &[(&str, &str)]) {
        for (line, expected) in said {
            let answered = match session.line(format!("{line}\r\n").as_bytes(), ours) {
                Step::Say(reply) => reply.code.to_string(),
                Step::Message(reply) => format!("{}…", reply.code),
                Step::Tls(reply) => format!("{} tls", reply.code),
                Step::End(reply) => format!("{} end", reply.code),
            };
            assert_eq!(answered, *expected, "{line}");
        }
    }

    fn codes(replies: &[Reply]) -> Vec<u16> {
        replies.iter().map(|reply| reply.code).collect()
    }

    #[test]
    fn a_message_is_told_in_order() {
        let mut smtp = session(Dialect::Smtp);
        assert_eq!(smtp.greeting().written(), "220 psirt.example.com ESMTP\r\n");
        check_session(
            &mut smtp,
            &[
                ("MAIL FROM:<r@example.org>", "503"),
                ("EHLO mx.example.org", "250"),
                ("DATA", "503"),
                ("RCPT TO:<report@psirt.example.com>", "503"),
                ("MAIL FROM:<r@example.org> SIZE=900 BODY=8BITMIME SMTPUTF8", "250"),
                ("MAIL FROM:<r@example.org>", "503"),
                ("DATA", "554"),
                ("RCPT TO:<somebody@example.net>", "550"),
                ("RCPT TO:<Report@psirt.example.com>", "250"),
                ("DATA", "354…"),
            ],
        );
        let envelope = smtp.envelope();
        assert_eq!(envelope.from.as_deref(), Some("r@example.org"));
        assert_eq!(envelope.to, ["Report@psirt.example.com"]);
        assert_eq!(codes(&smtp.ended(&[Outcome::Stored])), [250]);
        check_session(&mut smtp, &[("DATA", "503"), ("MAIL FROM:<>", "250")]);
        assert_eq!(smtp.envelope().from, None);
        check_session(
            &mut smtp,
            &[
                ("RSET", "250"),
                ("NOOP", "250"),
                ("VRFY report", "252"),
                ("QUIT", "221 end"),
            ],
        );
    }

    #[test]
    fn lmtp_answers_for_each_recipient() {
        let mut lmtp = session(Dialect::Lmtp);
        check_session(
            &mut lmtp,
            &[
                ("EHLO mx.example.org", "500"),
                ("LHLO mx.example.org", "250"),
                ("MAIL FROM:<r@example.org>", "250"),
                ("RCPT TO:<one@psirt.example.com>", "250"),
                ("RCPT TO:<two@psirt.example.com>", "250"),
                ("RCPT TO:<three@psirt.example.com>", "452"),
                ("DATA", "354…"),
            ],
        );
        assert_eq!(codes(&lmtp.ended(&[Outcome::Stored, Outcome::Full])), [250, 452]);
        check_session(
            &mut lmtp,
            &[
                ("MAIL FROM:<r@example.org>", "250"),
                ("RCPT TO:<one@psirt.example.com>", "250"),
                ("RCPT TO:<two@psirt.example.com>", "250"),
                ("DATA", "354…"),
            ],
        );
        // An answer that is missing is never a `250`.
        assert_eq!(codes(&lmtp.ended(&[Outcome::Stored])), [250, 451]);
    }

    #[test]
    fn one_answer_of_smtp_says_the_worst() {
        for (outcomes, code) in [
            (&[Outcome::Stored, Outcome::Stored][..], 250),
            (&[Outcome::Stored, Outcome::Later], 451),
            (&[Outcome::Refused(Fault::LoneLineEnd), Outcome::Stored], 554),
            (&[Outcome::Refused(Fault::TooLarge)], 552),
            (&[], 451),
        ] {
            let mut smtp = session(Dialect::Smtp);
            check_session(
                &mut smtp,
                &[
                    ("HELO mx.example.org", "250"),
                    ("MAIL FROM:<r@example.org>", "250"),
                    ("RCPT TO:<one@psirt.example.com>", "250"),
                    ("DATA", "354…"),
                ],
            );
            assert_eq!(codes(&smtp.ended(outcomes)), [code], "{outcomes:?}");
        }
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        let mut smtp = session(Dialect::Smtp);
        check_session(
            &mut smtp,
            &[
                ("LHLO mx.example.org", "500"),
                ("EHLO mx.example.org", "250"),
                ("MAIL FROM:<r@example.org> SIZE=1001", "552"),
                ("MAIL FROM:<r@example.org> BODY=BINARYMIME", "555"),
                ("BDAT 10 LAST", "502"),
                ("AUTH PLAIN AGEAYg==", "502"),
                ("NONSENSE", "500"),
            ],
        );
        for line in [&b"NOOP\n"[..], b"NOOP\r\nNOOP\r\n", b"NOOP\0\r\n", b"", b"\r\n"] {
            let Step::Say(reply) = session(Dialect::Smtp).line(line, ours) else {
                panic!("{line:?}")
            };
            assert!(reply.is_refusal(), "{line:?}");
        }
    }

    #[test]
    fn tls_begins_once_and_forgets_what_was_said() {
        let mut smtp = session(Dialect::Smtp);
        check_session(
            &mut smtp,
            &[
                ("EHLO mx.example.org", "250"),
                ("MAIL FROM:<r@example.org>", "250"),
                ("STARTTLS", "220 tls"),
            ],
        );
        smtp.secured();
        check_session(
            &mut smtp,
            &[
                ("RCPT TO:<one@psirt.example.com>", "503"),
                ("MAIL FROM:<r@example.org>", "503"),
            ],
        );
        let Step::Say(hello) = smtp.line(b"EHLO mx.example.org\r\n", ours) else {
            panic!()
        };
        assert!(!hello.written().contains("STARTTLS"));
        check_session(&mut smtp, &[("STARTTLS", "503")]);
    }

    #[test]
    fn a_conversation_without_a_message_ends() {
        let mut smtp = session(Dialect::Smtp);
        let ends = |line: &[u8], smtp: &mut Session| (1..1_000).find(|_| matches!(smtp.line(line, ours), Step::End(_)));
        assert_eq!(ends(b"NONSENSE\r\n", &mut smtp), Some(MAX_WRONG as usize + 1));
        let mut smtp = session(Dialect::Smtp);
        assert_eq!(ends(b"NOOP\r\n", &mut smtp), Some(MAX_IDLE as usize + 1));
    }

    #[test]
    fn the_postmaster_has_no_domain_and_is_a_recipient_alone() {
        for (path, expected) in [
            ("<postmaster>", "postmaster"),
            ("<PostMaster>", "postmaster"),
            ("<@relay.example.org:postmaster>", "postmaster"),
            ("<postmaster@psirt.example.com>", "postmaster@psirt.example.com"),
        ] {
            let takes = |address: &str| address == "postmaster" || ours(address);
            let mut lmtp = session(Dialect::Lmtp);
            check_session(
                &mut lmtp,
                &[
                    ("LHLO mx.example.org", "250"),
                    ("MAIL FROM:<postmaster>", "553"),
                    ("MAIL FROM:<> AUTH=<>", "250"),
                    ("RCPT TO:<>", "550"),
                ],
            );
            let Step::Say(reply) = lmtp.line(format!("RCPT TO:{path}\r\n").as_bytes(), takes) else {
                panic!("{path}")
            };
            assert_eq!(reply.code, 250, "{path}");
            assert_eq!(lmtp.envelope().to, [expected]);
        }
    }

    #[test]
    fn without_a_recipient_lmtp_takes_no_message() {
        let mut lmtp = session(Dialect::Lmtp);
        check_session(
            &mut lmtp,
            &[
                ("LHLO mx.example.org", "250"),
                ("MAIL FROM:<r@example.org>", "250"),
                ("DATA", "503"),
                ("RCPT TO:<somebody@example.net>", "550"),
                ("DATA", "503"),
            ],
        );
    }

    #[test]
    fn a_recipient_that_was_taken_is_not_idle() {
        let mut smtp = session(Dialect::Smtp);
        smtp.terms.recipients = 2 * MAX_IDLE as usize;
        check_session(
            &mut smtp,
            &[("EHLO mx.example.org", "250"), ("MAIL FROM:<r@example.org>", "250")],
        );
        for _ in 0..smtp.terms.recipients {
            check_session(&mut smtp, &[("RCPT TO:<one@psirt.example.com>", "250")]);
        }
        check_session(&mut smtp, &[("DATA", "354…")]);
    }

    proptest! {
        /// Whatever is said, there is an answer of whole lines, and no recipient that is not ours.
        #[test]
        fn any_conversation_is_answered(lines in proptest::collection::vec(prop_oneof![
            "[ -~]{0,40}", "(EHLO|LHLO) [a-z.]{1,20}", "MAIL FROM:<[a-z@.]{0,20}>( SIZE=[0-9]{1,25})?", "RCPT TO:<[a-z@.]{0,30}>",
            Just("RCPT TO:<one@psirt.example.com>".to_owned()), Just("DATA".to_owned()), "[\\x00-\\x1f\\u{80}-\\u{ff}]{0,20}",
        ], 0..30)) {
            for dialect in [Dialect::Smtp, Dialect::Lmtp] {
                let mut session = session(dialect);
                for line in &lines {
                    let step = session.line(format!("{line}\r\n").as_bytes(), ours);
                    let (Step::Say(reply) | Step::Message(reply) | Step::Tls(reply) | Step::End(reply)) = &step;
                    prop_assert!(reply.written().ends_with("\r\n"));
                    prop_assert!(session.envelope().to.iter().all(|to| ours(to)));
                    if matches!(step, Step::Message(_)) {
                        prop_assert!(!session.envelope().to.is_empty());
                        session.ended(&[]);
                    }
                }
            }
        }
    }
}
