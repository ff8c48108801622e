//! What each language accepts, refuses and matches.

use proptest::prelude::*;

use super::*;

/// Each pattern with a message and whether it is wanted.
fn check(table: &[(&str, &str, bool)]) {
    for (pattern, message, wanted) in table {
        let parsed: Pattern = pattern.parse().unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(parsed.matches(message), *wanted, "{pattern} on {message}");
    }
}

#[test]
fn terms_are_found_anywhere_in_their_own_case() {
    check(&[
        ("", "anything", true),
        ("  ", "", true),
        ("ERROR", "[ERROR 400] BAD REQUEST", true),
        ("ERROR", "error", false),
        ("ERROR ARGUMENTS", "ERROR: wrong ARGUMENTS", true),
        ("ERROR ARGUMENTS", "ERROR", false),
        ("\"Task timed out\"", "1 Task timed out after 3.00 seconds", true),
        ("\"Task timed out\"", "Task was timed out", false),
        (r#""say \"hi\"""#, r#"they say "hi""#, true),
        ("größe_1", "die größe_1 ist 3", true),
    ]);
}

#[test]
fn one_optional_term_suffices_and_none_counts_beside_required_ones() {
    check(&[
        ("?ERROR ?WARN", "WARN: low", true),
        ("?ERROR ?WARN", "INFO", false),
        ("?\"a b\" ?c", "a b", true),
        ("?ERROR INFO", "INFO", true),
        ("?ERROR INFO", "ERROR", false),
    ]);
}

#[test]
fn an_excluded_term_rules_a_message_out() {
    check(&[
        ("ERROR -retried", "ERROR retried", false),
        ("ERROR -retried", "ERROR", true),
        ("-\"health check\"", "GET health check", false),
        ("-noise", "signal", true),
        ("?ERROR -retried", "INFO", false),
    ]);
}

#[test]
fn a_regular_expression_is_found_anywhere_unless_anchored() {
    check(&[
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED", true),
        ("%colou?r%", "color", true),
        ("%^[hc]at%", "a cat", false),
        ("%^[hc]at%", "hat", true),
        (r"%10\.10\.0\.1%", "10.10.0.1", true),
        (r"%10\.10\.0\.1%", "10a10.0.1", false),
        (r"%\d{3}\s\w+%", "code 404 missing", true),
        (r"%100\%%", "100% done", true),
        (r"%a\<b%", "a<b", true),
        (r"%\x41B%", "AB", true),
        ("%gray|grey% -%x{2}%", "grey xx", false),
    ]);
}

#[test]
fn json_values_are_compared_by_kind() {
    let event = r#"{"level":"error","code":404,"ratio":2.5e3,"ok":true,"gone":null,
        "user":{"id":"u-1","e-mail":"a@b.c","a b":1},"tags":["x","yes"],
        "items":[{"price":5},{"price":15}],"ip":"10.0.0.7","empty":{}}"#;
    for (pattern, wanted) in [
        (r#"{ $.level = "error" }"#, true),
        ("{$.level=error}", true),
        (r#"{ $.level = "err*" }"#, true),
        (r#"{ $.level != "err*" }"#, false),
        ("{ $.missing != 1 }", false),
        ("{ $.code = 404 }", true),
        ("{ $.code >= 404 && $.code < 405 }", true),
        ("{ $.code > 404 || $.code <= 403 }", false),
        ("{ $.code = 4* }", true),
        ("{ $.ratio = 2500 }", true),
        ("{ $.ratio > 1e3 }", true),
        ("{ $.ok IS TRUE }", true),
        ("{ $.ok IS FALSE }", false),
        ("{ $.gone IS NULL }", true),
        ("{ $.gone EXISTS }", true),
        ("{ $.missing NOT EXISTS }", true),
        ("{ $.gone NOT EXISTS }", false),
        (r#"{ $.empty = "*" }"#, true),
        (r#"{ $.missing = "*" }"#, false),
        (r#"{ $.user['id'] = "u-1" }"#, true),
        (r#"{ $.user.e-mail = "a@b.c" }"#, true),
        (r#"{ $.user["a b"] = 1 }"#, true),
        ("{ $.tags[1] = y*s }", true),
        ("{ $.tags[9] = y*s }", false),
        ("{ $.tags[*] = x }", true),
        ("{ $.items[*].price > 10 }", true),
        ("{ $.items[*].price > 20 }", false),
        ("{ $.user.* = u-1 }", true),
        ("{ $.ip = 10.0.* }", true),
        (r"{ $.ip = %^10\.0\.\d+\.7$% }", true),
        (r#"{ ($.code = 1 || $.code = 404) && ($.level = "error") }"#, true),
        ("{ $.code = 404 || $.code = 1 && $.level = none }", true),
        ("{ ($.code = 404 || $.code = 1) && $.level = none }", false),
    ] {
        check(&[(pattern, event, wanted), (pattern, "no JSON", false)]);
    }
}

#[test]
fn fields_are_told_by_their_places() {
    let line =
        r#"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
    for (pattern, wanted) in [
        ("[ip, server, username, timestamp, request, status_code, bytes]", true),
        ("[ip, server, username, timestamp, request, status_code]", false),
        ("[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]", true),
        (
            "[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]",
            false,
        ),
        (
            "[ip, user, username, timestamp, request, (status_code=404 || status_code=410), bytes]",
            true,
        ),
        ("[..., request = *.html*, status_code = 4*, bytes > 1000]", true),
        ("[..., bytes > 2000]", false),
        ("[ip = %127\\.0\\.0\\.[1-9]%, ..., bytes]", true),
        ("[ip=127.0.0.1,...]", true),
        ("[ip, user, username, timestamp = \"10/Oct/* -0700\", ...]", true),
        ("[a, b, c, d, e, f, g, ...]", true),
        ("[a, b, c, d, e, f, g, h, ...]", false),
        ("[...]", true),
    ] {
        check(&[(pattern, line, wanted)]);
    }
    check(&[
        ("[w1=ERROR || w1=%WARN%, w2]", "ERROR code", true),
        ("[w1=ERROR || w1=%WARN%, w2]", "INFO code", false),
        ("[n >= 5]", "five", false),
        ("[n != 5]", "five", true),
        ("[a, b]", "\"unclosed [brackets", true),
    ]);
}

#[test]
fn what_is_no_pattern_is_refused() {
    for pattern in [
        "foo.bar",
        "\"open",
        "?",
        "-",
        "ERROR \"a\"b",
        "%open",
        "%(a)%",
        "%a!%",
        "%é%",
        "%%",
        "%a% %b% %c%",
        "%[%",
        "%a{99999}{9999}%",
        "%\\z%",
        "%\\xZZ%",
        "{",
        "{}",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1",
        "{ $.a = 1 } x",
        "{ $ = 1 }",
        "{ a = 1 }",
        "{ $.a > x }",
        "{ $.a IS 5 }",
        "{ $.a NOT 5 }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a[x] = 1 }",
        "{ $.*.* = 1 }",
        "{ $.a[99999999999999999999] = 1 }",
        "[",
        "[]",
        "[a",
        "[a,]",
        "[a,,b]",
        "[..., a, ...]",
        "[a = ]",
        "[a > x]",
        "[a = 1 && b = 2]",
        "[a] b",
    ] {
        assert!(pattern.parse::<Pattern>().is_err(), "{pattern}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{{ {}$.a = 1{} }}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(32).parse::<Pattern>().is_ok());
    let error = nested(100_000).parse::<Pattern>().unwrap_err();
    assert_eq!(error, PatternError::TooDeep { limit: 32 });
}

/// Pieces of all languages, so that arbitrary sequences get far into the parsers.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", "(", ")", "$", ".", "...", "*", "a", "b1", "=", "!=", "<", ">=", "&&",
        "||", "\"", "%", "\\", "IS", "NULL", "NOT", "EXISTS", " ", "0", "1e9", "-", "?", ",", "é",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_pattern_and_no_message_panics(
        pattern in prop_oneof![pieces(), any::<String>()],
        message in prop_oneof![pieces(), any::<String>(), Just("{\"a\":[1,{\"b1\":null}]}".to_owned())],
    ) {
        if let Ok(pattern) = pattern.parse::<Pattern>() {
            let first = pattern.matches(&message);
            prop_assert_eq!(first, pattern.matches(&message));
        }
    }

    #[test]
    fn a_quoted_phrase_is_found_in_whatever_holds_it(
        before in any::<String>(), phrase in "[^\"\\\\]*", after in any::<String>(),
    ) {
        let pattern: Pattern = format!("\"{phrase}\"").parse().unwrap();
        let message = format!("{before}{phrase}{after}");
        prop_assert!(pattern.matches(&message));
    }
}
