//! What candor.toml may say, and the line of what it may not.

use super::*;

fn check_config(text: &str, expect: Result<(), &str>) {
    let found = Config::parse(Path::new("candor.toml"), text);
    match (found, expect) {
        (Ok(_), Ok(())) => {}
        (Err(failure), Err(part)) => assert!(failure.to_string().contains(part), "{failure}"),
        (found, _) => panic!("{text}: {found:?}"),
    }
}

#[test]
fn the_first_text_reads_back_as_the_defaults() {
    for simulated in [false, true] {
        let config = Config::parse(Path::new(FILE), &first_text(simulated, None)).unwrap();
        assert_eq!(config.clock.simulated, simulated);
        assert!(config.publish.dynamic);
        assert_eq!(
            config.store(Path::new("/d")).unwrap(),
            store::Config::in_directory(Path::new("/d"))
        );
        assert_eq!(
            config.master_key(Path::new("/d")).unwrap(),
            Path::new("/d/keys/master.key")
        );
        assert_eq!(
            (config.listen.portal, config.listen.desk),
            (Listen::default().portal, Listen::default().desk)
        );
    }
}

#[test]
fn an_unknown_key_is_told_with_its_line() {
    check_config("", Ok(()));
    check_config(
        "[listen]\nportal = \"127.0.0.1:1\"\nport = 1\n",
        Err("candor.toml:3: unknown field `port`"),
    );
    check_config("[post]\n", Err("candor.toml:1: unknown field `post`"));
    check_config(
        "[mail]\nlmtp = \"127.0.0.1:10024\"\nsmtp = \"unix:/run/candor/smtp\"\n",
        Ok(()),
    );
    check_config("[mail]\nlmtp = \"here\"\n", Err("candor.toml:2: `here` is no address"));
    check_config("[mail]\nlmtp = \"unix:lmtp\"\n", Err("candor.toml:2: the path behind"));
    let out = |keys: &str| format!("[mail.out]\nsmart_host = {keys}\n");
    for keys in [
        "\"127.0.0.1:25\"",
        "\"[::1]:25\"\ntls = \"off\"",
        "\"localhost:2525\"\nuser = \"a\"\npassword_file = \"keys/smtp\"",
        "\"mx.vendor.example:587\"\ntls = \"opportunistic\"",
        "\"mx.vendor.example:587\"\nuser = \"a\"\npassword_file = \"keys/smtp\"\nfrom = \"a@b.example\"",
    ] {
        check_config(&out(keys), Ok(()));
    }
    for (keys, why) in [
        ("\"mx.vendor.example\"", "is no mail server"),
        ("\"mx.vendor.example:smtp\"", "is no mail server"),
        ("\"mx.vendor.example:25\"\ntls = \"off\"", "on this machine only"),
        ("\"mx.vendor.example:25\"\ntls = \"maybe\"", "unknown variant"),
        ("\"mx.vendor.example:25\"\nuser = \"a\"", "go together"),
        (
            "\"mx.vendor.example:25\"\nuser = \"a\"\npassword_file = \"f\"\ntls = \"opportunistic\"",
            "a password goes",
        ),
        (
            "\"mx.vendor.example:25\"\nfrom = \"A <a@b.example>\"",
            "one mail address",
        ),
    ] {
        check_config(&out(keys), Err(why));
    }
    for keys in [
        "",
        "tls = \"required\"\nfrom = \"a@b.example\"",
        "resolver = \"127.0.0.1:53\"\nport = 2525\nprivate = true",
    ] {
        check_config(&format!("[mail.out]\ndirect = true\n{keys}\n"), Ok(()));
    }
    for (keys, why) in [
        ("direct = true\nsmart_host = \"127.0.0.1:25\"", "two ways: choose one"),
        ("direct = false", "needs a `smart_host`, or `direct = true`"),
        ("smart_host = \"127.0.0.1:25\"\nport = 2525", "go with `direct = true`"),
        (
            "direct = true\nuser = \"a\"\npassword_file = \"f\"",
            "nobody asks who we are",
        ),
        ("direct = true\ntls = \"off\"", "on this machine only"),
        (
            "direct = true\nresolver = \"ns.vendor.example\"",
            "invalid socket address",
        ),
    ] {
        // With the line at which the table begins, or the key stands.
        let line = if keys.contains("resolver") { 5 } else { 3 };
        let text = format!("[mail]\n\n[mail.out]\n{keys}\n");
        check_config(&text, Err(&format!("candor.toml:{line}: ")));
        check_config(&text, Err(why));
    }
    check_config(
        "[mail.out]\ndirect = true\n[net]\noffline = true\n",
        Err("`net.offline = true` forbids"),
    );
    check_config("[net]\nonline = true\n", Err("candor.toml:2: unknown field `online`"));
    let imap = |keys: &str| format!("[mail.imap]\nuser = \"psirt\"\npassword_file = \"keys/imap\"\nserver = {keys}\n");
    for keys in [
        "\"127.0.0.1:143\"",
        "\"imap.vendor.example:993\"\nfolder = \"Reports\"\nbrand = \"vendor\"",
    ] {
        check_config(&imap(keys), Ok(()));
    }
    check_config(
        &imap("\"imap.vendor.example:143\"\ntls = \"off\""),
        Err("on this machine only"),
    );
    check_config(
        &imap("\"imap.vendor.example:143\"\ntls = \"opportunistic\""),
        Err("a password goes along"),
    );
    check_config("[mail.imap]\nserver = \"127.0.0.1:143\"\n", Err("missing field `user`"));
    check_config("[listen]\nportal = \"here\"\n", Err("candor.toml:2: "));
    let proxies = |list: &str| format!("[listen]\ntrusted_proxies = {list}\n");
    check_config(&proxies("[\"127.0.0.1\", \"10.0.0.0/8\", \"2001:db8::/32\"]"), Ok(()));
    check_config(
        &proxies("[\"0.0.0.0/0\"]"),
        Err("candor.toml:2: `0.0.0.0/0` would believe everybody"),
    );
    check_config(
        &proxies("[\"nginx\"]"),
        Err("candor.toml:2: `nginx` is no address of a proxy"),
    );
    check_config(
        "[listen]\ntls_cert_file = \"tls/a.pem\"\ntls_key_file = \"tls/a.key\"\n",
        Ok(()),
    );
    for key in ["tls_cert_file", "tls_key_file"] {
        let alone = format!("[log]\nlevel = \"info\"\n[listen]\n{key} = \"tls/a.pem\"\n");
        check_config(
            &alone,
            Err("candor.toml:4: `listen.tls_cert_file` and `listen.tls_key_file` go together"),
        );
    }
    check_config("[log\n", Err("candor.toml:1: "));
}
