//! Templates: what they write, and what they say when they fail.

use super::{compile, line, run};

const JSON: &str = r#"{"a":"1","b":"2.5","s":"Hello World","z":"","t":"2023-05-06T07:08:09Z","j":"{\"x\":1,\"y\":[1,2,\"q\"],\"o\":{\"k\":\"v\"}}"}"#;

fn write(template: &str) -> String {
    line(&format!("| json | line_format {template:?}"), JSON)
}

#[test]
fn templates_write_what_go_writes() {
    for (template, text) in [
        ("{{.a}}|{{.nope}}|{{.app}}|{{.m}}", "1||s|meta"),
        ("{{- .a -}}  x {{/* c */}}y", "1x y"),
        (
            "{{1}} {{1.5}} {{'a'}} {{true}} {{1e3}} {{0x10}}",
            "1 1.5 97 true 1000 16",
        ),
        (
            "{{lower .s}} {{upper .s}} {{.s | lower | title}}",
            "hello world HELLO WORLD Hello World",
        ),
        (
            "{{trunc 5 .s}} {{trunc -5 .s}} {{substr 0 5 .s}}",
            "Hello World Hello",
        ),
        (
            "{{replace \"o\" \"0\" .s}} {{Replace .s \"o\" \"0\" 1}}",
            "Hell0 W0rld Hell0 World",
        ),
        (
            "{{regexReplaceAll \"(o)(.)\" .s \"${2}$1\"}}",
            "Hell oWrold",
        ),
        (
            "{{regexReplaceAllLiteral \"o\" .s \"$1\"}} {{count \"l\" .s}}",
            "Hell$1 W$1rld 3",
        ),
        (
            "{{contains \"World\" .s}} {{hasPrefix \"x\" .s}} {{eq .a \"1\"}} {{gt 2 1}}",
            "true false true true",
        ),
        ("{{if .z}}Z{{else if eq .a \"1\"}}A{{else}}N{{end}}", "A"),
        (
            "{{with .a}}[{{.}}]{{end}}{{with .z}}{{else}}none{{end}}",
            "[1]none",
        ),
        ("{{$x := .a}}{{$x}}{{$x = \"q\"}}{{$x}}", "1q"),
        (
            "{{range $i, $e := (fromJson .j).y}}{{$i}}={{$e}};{{end}}",
            "0=1;1=2;2=q;",
        ),
        (
            "{{(fromJson .j).o.k}} {{(fromJson .j).nope}} {{fromJson .j}}",
            "v <no value> map[o:map[k:v] x:1 y:[1 2 q]]",
        ),
        ("{{or .z .b}} {{and .a .b}} {{not .z}}", "2.5 2.5 true"),
        (
            "{{add .a .b 3}} {{sub 5 2}} {{div 7 2}} {{mod 7 3}} {{max 1 3}}",
            "6 3 3 1 3",
        ),
        (
            "{{addf 0.1 0.2}} {{divf 10 3}} {{mulf .b 2}} {{round 2.345 2}}",
            "0.3 3.3333333333333335 5 2.35",
        ),
        (
            "{{int .b}} {{float64 .b}} {{float64 \"x\"}} {{ceil .b}}",
            "2 2.5 0 3",
        ),
        (
            "{{printf \"%s|%5d|%-5d|%05.1f|%q|%x\" .a 5 5 2.25 .s 255}}",
            "1|    5|5    |002.2|\"Hello World\"|ff",
        ),
        (
            "{{printf \"%d\" .a}} {{printf \"%s\" 5}} {{printf \"%v %v\" .a}}",
            "%!d(string=1) %!s(int=5) 1 %!v(MISSING)",
        ),
        ("{{default \"d\" .z}} {{.nope | default \"x\"}}", "d x"),
        (
            "{{alignLeft 3 .a}}| {{alignRight 3 .a}}| {{repeat 3 .a}}",
            "1  |   1| 111",
        ),
        (
            "{{indent 2 \"a\\nb\"}} {{nindent 1 \"a\"}}",
            "  a\n  b \n a",
        ),
        (
            "{{b64enc .s}} {{b64dec \"aGVsbG8=\"}} {{urlencode \"a b&c\"}} {{urldecode \"a%20b\"}}",
            "SGVsbG8gV29ybGQ= hello a+b%26c a b",
        ),
        (
            "{{bytes \"1.5KB\"}} {{duration \"1h\"}} {{len .s}} {{index . \"a\"}}",
            "1500 3600 11 1",
        ),
        (
            "{{__timestamp__}} {{__timestamp__ | unixEpochNanos}}",
            "2023-11-14 22:13:20 +0000 UTC 1700000000000000000",
        ),
        (
            "{{date \"2006-01-02 15:04\" __timestamp__}} {{unixEpoch __timestamp__}}",
            "2023-11-14 22:13 1700000000",
        ),
        (
            "{{toDate \"2006-01-02T15:04:05Z07:00\" .t | unixEpoch}}",
            "1683356889",
        ),
        (
            "{{toDateInZone \"2006-01-02 15:04\" \"Europe/Berlin\" \"2023-07-01 12:00\"}}",
            "2023-07-01 12:00:00 +0200 CEST",
        ),
        (
            "{{unixToTime \"1700000000123\"}}",
            "2023-11-14 22:13:20.123 +0000 UTC",
        ),
        ("{{len __line__}} {{(__line__ | trunc 4)}}", "125 {\"a\""),
    ] {
        assert_eq!(write(template), text, "{template}");
    }
}

#[test]
fn a_template_that_fails_leaves_the_line_and_an_error() {
    for (template, details) in [
        (
            "{{.a.b}}",
            "template: line:1:4: executing \"line\" at <.a.b>: can't evaluate field b in type string",
        ),
        (
            "{{lower}}",
            "template: line:1:2: executing \"line\" at <lower>: wrong number of args for lower: want 1 got 0",
        ),
        (
            "x\n{{eq .a 1}}",
            "template: line:2:2: executing \"line\" at <eq .a 1>: error calling eq: incompatible types for comparison: string and int",
        ),
        (
            "{{lower 1}}",
            "template: line:1:8: executing \"line\" at <1>: expected string; found 1",
        ),
        (
            "{{div 1 0}}",
            "template: line:1:2: executing \"line\" at <div 1 0>: error calling div: runtime error: integer divide by zero",
        ),
        (
            "{{repeat 2000000000 .s}}",
            "template: line:1:2: executing \"line\" at <repeat 2000000000 .s>: error calling repeat: not in the embedded Loki: a text so long from a template",
        ),
    ] {
        let mut pipeline = compile(&format!("| json | line_format {template:?}")).unwrap();
        let processed = run(&mut pipeline, JSON).unwrap();
        assert_eq!(processed.line, JSON);
        let label = |name: &str| {
            let found = processed
                .labels
                .parsed
                .iter()
                .find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert_eq!(label("__error__"), "TemplateFormatErr");
        assert_eq!(label("__error_details__"), details);
    }
}

#[test]
fn a_template_that_is_none_is_refused_in_gos_words() {
    for (template, problem) in [
        ("{{.a", "unclosed action"),
        ("{{nofunc .a}}", "function \"nofunc\" not defined"),
        ("{{if .a}}x", "unexpected EOF"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{$y}}", "undefined variable \"$y\""),
        ("{{}}", "missing value for command"),
        ("{{.a-b}}", "bad character U+002D '-'"),
        ("{{break}}", "{{break}} outside {{range}}"),
        (
            "{{.a | \"b\"}}",
            "non executable command in pipeline stage 2",
        ),
        (
            "{{define \"x\"}}{{end}}",
            "not in the embedded Loki: {{define}} in a template",
        ),
    ] {
        let stage = format!("| line_format `{template}`");
        let error = compile(&stage).unwrap_err().0;
        let expected = format!("invalid line template: template: line:1: {problem}");
        assert!(
            error.starts_with("parse error : stage '| line_format"),
            "{error}"
        );
        assert!(error.ends_with(&expected), "{error}");
    }
    let twice = compile(r#"| label_format a="1", a="2""#).unwrap_err().0;
    assert!(
        twice.contains("multiple label name 'a' not allowed"),
        "{twice}"
    );
}
