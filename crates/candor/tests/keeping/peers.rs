//! The servers that stand around a house: postfix before and behind it, dovecot with the reporters' mailboxes. Each has its own
//! configuration and its own folders, listens on loopback alone, and ends with the test.
//!
//! Dovecot runs as whoever runs the test, and as `nobody` where that is root. Postfix begins as root on every system, so whoever is not root
//! needs `sudo` without a password, as the machine has on which the complete run installs it.

use crate::house::*;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take that happens in another process.
const PATIENCE: Duration = Duration::from_secs(20);
/// Debian's number of `nobody` and of its group.
const NOBODY: u32 = 65_534;

/// Waits until something is so.
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listens(port: u16) {
    until(&format!("listening on {port}"), || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A folder that servers can come into who run as others.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("p").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn dovecot_version() -> String {
    let output = Command::new("/usr/sbin/dovecot").arg("--version").output();
    output.map(|output| said(&output)).unwrap_or_default()
}

fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["--non-interactive", program]);
    command
}

fn done_as_root(program: &str, words: &[&str]) {
    let output = as_root(program).args(words).output().unwrap();
    assert!(output.status.success(), "{program} {words:?}: {}", said(&output));
}

/// A certificate for `a.localhost`, its key, and the authority that gave it.
pub(crate) fn tls_fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fetch/src/fixtures")
        .join(name)
}

/// Whether everything is here that a round trip needs.
pub(crate) fn are_here(wanted: &[&str]) -> bool {
    let sees = |program: &str| Path::new("/usr/sbin").join(program).exists();
    let can_begin = is_root() || {
        let run = Command::new("sudo").args(["--non-interactive", "true"]).output();
        run.is_ok_and(|output| output.status.success())
    };
    let needs = [
        ("postfix", "postfix", sees("postfix")),
        (
            "postfix",
            "root, or sudo without a password, to start postfix",
            can_begin,
        ),
        // Version 2.4 reads other settings.
        (
            "dovecot",
            "dovecot 2.3",
            sees("dovecot") && dovecot_version().starts_with("2.3."),
        ),
        ("swaks", "swaks", has("swaks", "--version")),
    ];
    let mut needs = needs.iter().filter(|(program, ..)| wanted.contains(program));
    match needs.find(|(_, _, is_here)| !is_here).map(|(_, what, _)| what) {
        Some(missing) => skipped(missing),
        None => return true,
    }
    false
}

/// A mail server: what it is handed for a domain it hands over to the LMTP server on that domain's port.
pub(crate) struct Postfix {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl Postfix {
    pub(crate) fn start(port: u16, ways: &[(&str, u16)]) -> Postfix {
        let folder = folder();
        let path = |name: &str| text(folder.path().join(name));
        for name in ["etc", "queue", "data"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let domains: Vec<&str> = ways.iter().map(|(domain, _)| *domain).collect();
        let transports = ways
            .iter()
            .map(|(domain, port)| format!("{{ {domain} = lmtp:inet:127.0.0.1:{port} }}"));
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {queue}\ndata_directory = {data}\n\
             mail_owner = postfix\nsetgid_group = postdrop\nmyhostname = mx.test\n\
             inet_interfaces = loopback-only\ninet_protocols = ipv4\nmynetworks = 127.0.0.0/8\n\
             mydestination =\nalias_maps =\nlocal_recipient_maps =\nlocal_transport = error:nothing is local\n\
             default_transport = error:nothing leaves this machine\nrelay_domains = {domains}\n\
             smtpd_relay_restrictions = permit_mynetworks, reject\ntransport_maps = inline:{{ {transports} }}\n\
             recipient_delimiter = +\nmaillog_file = {log}\nmaillog_file_prefixes = /tmp\n",
            queue = path("queue"),
            data = path("data"),
            log = path("log"),
            domains = domains.join(", "),
            transports = transports.collect::<Vec<_>>().join(", "),
        );
        fs::write(folder.path().join("etc/main.cf"), main).unwrap();
        let master = format!(
            "127.0.0.1:{port} inet n - n - - smtpd\n\
             cleanup unix n - n - 0 cleanup\n\
             qmgr unix n - n 300 1 qmgr\n\
             rewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 bounce\n\
             defer unix - - n - 0 bounce\n\
             trace unix - - n - 0 bounce\n\
             proxymap unix - - n - - proxymap\n\
             lmtp unix - - n - - lmtp\n\
             error unix - - n - - error\n\
             retry unix - - n - - error\n\
             anvil unix - - n - 1 anvil\n\
             postlog unix-dgram n - n - 1 postlogd\n"
        );
        fs::write(folder.path().join("etc/master.cf"), master).unwrap();
        done_as_root("chown", &["-R", "root:root", &path("etc"), &path("queue")]);
        done_as_root("chown", &["postfix", &path("data")]);
        let child = as_root("/usr/sbin/postfix")
            .args(["-c", &path("etc"), "start-fg"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postfix = Postfix { folder, child, port };
        listens(port);
        postfix
    }

    /// Hands a message over as a reporter's mail program does.
    pub(crate) fn handed(&self, from: &str, to: &str, message: &str) {
        swaks(self.port, "ESMTP", from, to, message);
    }

    /// What it says of itself, for whoever wonders why something did not arrive.
    pub(crate) fn log(&self) -> String {
        let output = as_root("cat").arg(self.folder.path().join("log")).output();
        output.map(|output| said(&output)).unwrap_or_default()
    }
}

fn swaks(port: u16, protocol: &str, from: &str, to: &str, message: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), message).unwrap();
    let output = Command::new("swaks")
        .args([
            "--server",
            &format!("127.0.0.1:{port}"),
            "--protocol",
            protocol,
            "--timeout",
            "10",
        ])
        .args(["--from", from, "--to", to, "--data"])
        .arg(format!("@{}", file.path().display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let etc = text(self.folder.path().join("etc"));
        if std::thread::panicking() {
            println!("{}", self.log());
        }
        let _ = as_root("/usr/sbin/postfix").args(["-c", &etc, "abort"]).output();
        let _ = self.child.wait();
        // What others own, this process may not remove.
        let _ = as_root("rm")
            .args(["-rf", &etc, &text(self.folder.path().join("queue"))])
            .arg(self.folder.path().join("data"))
            .output();
    }
}

/// A server with mailboxes: mail comes in by LMTP and is read by IMAP. Whoever is not named has no mailbox.
pub(crate) struct Dovecot {
    folder: TempDir,
    child: Child,
    pub(crate) imap: u16,
    pub(crate) lmtp: u16,
}

/// What every mailbox opens with.
pub(crate) const PASSWORD: &str = "tea-for-two";

impl Dovecot {
    pub(crate) fn start(mailboxes: &[&str]) -> Dovecot {
        let folder = folder();
        let (imap, lmtp) = (free_port(), free_port());
        let base = folder.path().display();
        let id = |option: &str| {
            let output = Command::new("id").arg(option).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let (user, group, uid, gid) = match is_root() {
            true => (
                "nobody".to_owned(),
                "nogroup".to_owned(),
                NOBODY.to_string(),
                NOBODY.to_string(),
            ),
            false => (id("-un"), id("-gn"), id("-u"), id("-g")),
        };
        let tls = folder.path().join("tls").display().to_string();
        let settings = format!(
            "base_dir = {base}/run\nstate_dir = {base}/state\nlog_path = {base}/log\nprotocols = imap lmtp\n\
             listen = 127.0.0.1\nssl = yes\nssl_cert = <{tls}/server.pem\nssl_key = <{tls}/server.key\ndisable_plaintext_auth = no\nrecipient_delimiter = +\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             first_valid_uid = 1\nmail_uid = {uid}\nmail_gid = {gid}\nmail_location = maildir:{base}/mail/%u\n\
             auth_username_format = %Ln\n\
             passdb {{\n  driver = passwd-file\n  args = username_format=%n {base}/users\n}}\n\
             userdb {{\n  driver = passwd-file\n  args = username_format=%n {base}/users\n  override_fields = home={base}/home/%n\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    address = 127.0.0.1\n    port = {imap}\n  }}\n\
             \x20 inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
             service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {lmtp}\n  }}\n}}\n"
        );
        // Servers read their key before they become somebody else; this one never was anybody else.
        fs::create_dir(folder.path().join("tls")).unwrap();
        for name in ["server.pem", "server.key"] {
            fs::copy(tls_fixture(name), folder.path().join("tls").join(name)).unwrap();
        }
        let users: String = mailboxes
            .iter()
            .map(|name| format!("{name}:{{PLAIN}}{PASSWORD}::::::\n"))
            .collect();
        for (name, content) in [("dovecot.conf", settings), ("users", users)] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(folder.path().join("dovecot.conf"));
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
            command.uid(NOBODY).gid(NOBODY);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let dovecot = Dovecot {
            folder,
            child,
            imap,
            lmtp,
        };
        listens(imap);
        listens(lmtp);
        dovecot
    }

    /// Puts a message into somebody's mailbox.
    pub(crate) fn delivered(&self, from: &str, name: &str, message: &str) {
        swaks(self.lmtp, "LMTP", from, &format!("{name}@vendor.example"), message);
    }

    /// What the server answers to commands in somebody's mailbox.
    pub(crate) fn told(&self, name: &str, commands: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.imap)).unwrap();
        let all = format!("a LOGIN {name} {PASSWORD}\r\nb SELECT INBOX\r\n{commands}d LOGOUT\r\n");
        stream.write_all(all.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The messages in somebody's mailbox, as they came.
    pub(crate) fn fetched(&self, name: &str) -> Vec<String> {
        let mut wire = BufReader::new(TcpStream::connect(("127.0.0.1", self.imap)).unwrap());
        wire.get_mut()
            .write_all(
                format!("a LOGIN {name} {PASSWORD}\r\nb SELECT INBOX\r\nc FETCH 1:* BODY.PEEK[]\r\nd LOGOUT\r\n")
                    .as_bytes(),
            )
            .unwrap();
        let (mut messages, mut line) = (Vec::new(), String::new());
        while wire.read_line(&mut line).unwrap() > 0 {
            assert!(!line.starts_with("a NO"), "{line}");
            if let Some((_, size)) = line
                .trim_end()
                .strip_suffix('}')
                .and_then(|line| line.rsplit_once("BODY[] {"))
            {
                let mut message = vec![0; size.parse().unwrap()];
                wire.read_exact(&mut message).unwrap();
                messages.push(String::from_utf8(message).unwrap());
            }
            line.clear();
        }
        messages
    }

    /// Waits for a message that was not there before.
    pub(crate) fn next(&self, name: &str, known: usize) -> String {
        until(&format!("a message for {name}"), || {
            self.fetched(name).into_iter().nth(known)
        })
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "{}",
                fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
            );
        }
        if let Some(process) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}
