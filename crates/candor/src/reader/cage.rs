//! How the child shuts itself in: no files, no network, no other processes, bounded memory and time. And what of it holds, by trying.
//!
//! Owns the list of what it may still ask of the kernel: to read and write what is open, memory, time, and to end.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr as _, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;

/// Most memory of a child, in bytes.
pub(crate) const MEMORY_BYTES: u64 = 512 * 1024 * 1024;
/// Most time on a processor, in seconds.
pub(crate) const CPU_SECONDS: u64 = 30;

/// What holds in a child, found by trying it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cage {
    /// What the kernel's rules for files do.
    pub(crate) landlock: Landlock,
    /// The version of those rules in effect; none where there are none.
    pub(crate) landlock_abi: Option<i32>,
    /// Whether the filter of system calls is in place, and a file does not open.
    pub(crate) no_files: bool,
    /// Whether a socket cannot be made.
    pub(crate) no_network: bool,
    /// Whether memory, time and written bytes are bounded.
    pub(crate) limits: bool,
}

/// What the kernel's rules for files do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Landlock {
    /// Everything that was asked for.
    Enforced,
    /// What this kernel knows of it.
    Partly,
    /// Nothing: this kernel has no Landlock, or does not use it.
    Absent,
}

impl Cage {
    /// Shuts this process in, for good. It must have one thread.
    pub(super) fn shut() -> Self {
        let limits = limit().is_some();
        let (landlock, landlock_abi) = rules();
        let filtered = filter().is_some();
        Self {
            landlock,
            landlock_abi,
            limits,
            // The filter says "not permitted"; a missing file, or Landlock, would say something else.
            no_files: filtered && refused(File::open("/proc/self/status")) && refused(File::create("/tmp/.candor")),
            no_network: filtered && refused(UdpSocket::bind("127.0.0.1:0")) && refused(UnixDatagram::unbound()),
        }
    }

    /// Whether a message may be read here. Landlock stands behind the filter, and not every kernel has it.
    pub(crate) fn holds(&self) -> bool {
        self.no_files && self.no_network && self.limits
    }
}

fn refused<T>(tried: std::io::Result<T>) -> bool {
    tried.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM) && error.kind() == ErrorKind::PermissionDenied)
}

fn limit() -> Option<()> {
    let bound = |resource, most: u64| {
        // Whoever runs this may have set a lower one.
        let most = getrlimit(resource).maximum.map_or(most, |before| before.min(most));
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).ok()
    };
    bound(Resource::As, MEMORY_BYTES)?;
    bound(Resource::Cpu, CPU_SECONDS)?;
    bound(Resource::Fsize, 0)?;
    bound(Resource::Core, 0)
}

/// No rule allows anything, so nothing is allowed.
fn rules() -> (Landlock, Option<i32>) {
    let abi = ABI::V6;
    let shut = || {
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?;
        rules.create()?.restrict_self()
    };
    let Ok(status) = shut() else {
        return (Landlock::Absent, None);
    };
    let version = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => Some(effective_abi as i32),
        _ => None,
    };
    match status.ruleset {
        RulesetStatus::FullyEnforced => (Landlock::Enforced, version),
        RulesetStatus::PartiallyEnforced => (Landlock::Partly, version),
        RulesetStatus::NotEnforced => (Landlock::Absent, None),
    }
}

/// What the child still needs. Everything else fails as not permitted.
const ALLOWED: [i64; 26] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_restart_syscall,
];

/// Memory, but none that can be executed.
const MEMORY: [i64; 2] = [libc::SYS_mmap, libc::SYS_mprotect];

fn filter() -> Option<()> {
    let executable = u64::try_from(libc::PROT_EXEC).ok()?;
    let not_executable = || {
        let condition = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0);
        SeccompRule::new(vec![condition.ok()?]).ok()
    };
    let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    for call in MEMORY {
        rules.insert(call, vec![not_executable()?]);
    }
    let not_permitted = SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?);
    let architecture = std::env::consts::ARCH.try_into().ok()?;
    let filter = SeccompFilter::new(rules, not_permitted, SeccompAction::Allow, architecture).ok()?;
    let program: BpfProgram = filter.try_into().ok()?;
    seccompiler::apply_filter(&program).ok()
}
