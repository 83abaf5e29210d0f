//! The line form of `candor cvss`.

use crate::line;

fn check_line(input: &str, expect: &str) {
    assert_eq!(line(input), expect);
}

#[test]
fn a_2_0_line_has_a_dash_for_each_group_without_a_metric() {
    check_line("AV:N/AC:L/Au:N/C:N/I:N/A:C", "AV:N/AC:L/Au:N/C:N/I:N/A:C\t7.8\t-\t-");
    check_line(
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:ND",
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:ND\t7.8\t7.4\t-",
    );
    check_line(
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/CDP:H",
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/CDP:H\t7.8\t-\t8.9",
    );
}

#[test]
fn a_3_x_line_has_all_three_equations() {
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H";
    check_line(vector, &format!("{vector}\t9.6\t9.6\t9.7"));
    let vector = "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H";
    check_line(vector, &format!("{vector}\t9.6\t9.6\t9.6"));
}

#[test]
fn a_4_0_line_has_four_scores() {
    let vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N/E:P/CR:M";
    check_line(vector, &format!("{vector}\t7.1\t5.7\t5.7\t5.1"));
}

#[test]
fn the_input_is_repeated_as_given_without_its_line_end() {
    check_line(
        "C:N/I:N/A:C/AV:N/AC:L/Au:N\r\n",
        "C:N/I:N/A:C/AV:N/AC:L/Au:N\t7.8\t-\t-",
    );
    check_line("\n", "\tERR at byte 0: empty text instead of a vector");
}

#[test]
fn an_error_is_one_line_of_two_columns_whatever_the_input() {
    check_line(
        "AV:N",
        "AV:N\tERR at byte 4: the mandatory metric AC of CVSS 2.0 is missing",
    );
    check_line(
        "AV:\"N\"",
        "AV:\"N\"\tERR at byte 3: no vector contains the character '\"'",
    );
    check_line(
        "AV:N\tERR\u{1b}[2J\nx\u{202e}",
        "AV:N\\tERR\\u{1b}[2J\\nx\\u{202e}\tERR at byte 4: no vector contains the character '\\t'",
    );
    check_line("ü", "ü\tERR at byte 0: no vector contains the character 'ü'");
}
