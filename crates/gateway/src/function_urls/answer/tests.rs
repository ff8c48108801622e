use proptest::prelude::*;

use super::*;

/// Status, headers and body.
type Told = (u16, Vec<(String, String)>, String);

fn of(payload: &str) -> Result<Told, Malformed> {
    let (head, body) = answer(payload.as_bytes())?;
    let headers = head.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    Ok((head.status.as_u16(), headers.collect(), String::from_utf8_lossy(&body).into_owned()))
}

fn json_of(body: &str) -> Told {
    (200, vec![("content-type".into(), "application/json".into())], body.into())
}

#[test]
fn what_has_no_status_is_the_body() {
    for (payload, body) in [
        (r#"{"hello": "world"}"#, r#"{"hello":"world"}"#),
        (r#"["hello", 3, true]"#, r#"["hello",3,true]"#),
        (r#""hello""#, "hello"),
        (r#"  "a\"\u00e4 b" "#, "a\"ä b"),
        (" 1.50e3\n", "1.50e3"),
        ("null", "null"),
        ("false", "false"),
        (r#"{"a": "x\" {  } \\", "b" : [ ]}"#, r#"{"a":"x\" {  } \\","b":[]}"#),
        (r#"{"statusCode": null}"#, r#"{"statusCode":null}"#),
        (r#"{"body": "b", "headers": 1}"#, r#"{"body":"b","headers":1}"#),
    ] {
        assert_eq!(of(payload), Ok(json_of(body)), "{payload}");
    }
}

#[test]
fn what_has_a_status_is_an_answer() {
    assert_eq!(of(r#"{"statusCode":200,"body":"body123"}"#), Ok(json_of("body123")));
    assert_eq!(of(r#"{"statusCode":200}"#), Ok(json_of("")));
    assert_eq!(of(r#"{"statusCode":200,"body":{"a":[1]}}"#), Ok(json_of(r#"{"a":[1]}"#)));
    assert_eq!(of(r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#), Ok(json_of("hi")));
    assert_eq!(
        of(r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":false}"#),
        Ok(json_of("aGk="))
    );
    let (status, headers, body) = of(r#"{
        "statusCode": 418, "body": "tea", "cookies": ["a=1", "b=2; Secure"],
        "headers": {"Content-Type": "text/tea", "X-N": 5, "x-b": true, "x-null": null,
                    "Content-Length": "9", "Transfer-Encoding": "chunked"}
    }"#)
    .unwrap();
    assert_eq!((status, body.as_str()), (418, "tea"));
    let mut expected = [
        ("content-type", "text/tea"),
        ("x-n", "5"),
        ("x-b", "true"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2; Secure"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    expected.sort();
    let mut headers = headers;
    headers.sort();
    assert_eq!(headers, expected);
}

#[test]
fn what_is_no_answer_is_malformed() {
    for payload in [
        "",
        "{",
        "no json",
        "\"open",
        "[1] 2",
        "{\"a\":1,}",
        r#"{"statusCode":"200"}"#,
        r#"{"statusCode":99}"#,
        r#"{"statusCode":101}"#,
        r#"{"statusCode":600}"#,
        r#"{"statusCode":200.5}"#,
        r#"{"statusCode":-200}"#,
        r#"{"statusCode":200,"headers":[]}"#,
        r#"{"statusCode":200,"headers":{"a":{}}}"#,
        r#"{"statusCode":200,"headers":{"a b":"c"}}"#,
        r#"{"statusCode":200,"headers":{"a":"b\r\nc: d"}}"#,
        r#"{"statusCode":200,"cookies":"a=1"}"#,
        r#"{"statusCode":200,"cookies":[1]}"#,
        r#"{"statusCode":200,"cookies":["a\nb"]}"#,
        r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
    ] {
        assert_eq!(of(payload), Err(Malformed), "{payload}");
    }
    assert_eq!(answer(b"\xff").unwrap_err(), Malformed);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_an_answer_that_says_the_same(value in any_json()) {
        prop_assume!(value.get("statusCode").is_none());
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let (_, _, body) = of(&pretty).unwrap();
        match value {
            Value::String(text) => prop_assert_eq!(body, text),
            value => prop_assert_eq!(body, value.to_string()),
        }
    }

    #[test]
    fn no_payload_makes_it_panic(
        payload in "\\{\"statusCode\":(200|[0-9]{0,6}),\"(headers|cookies|body)\":.{0,20}\\}?",
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let _ = of(&payload);
        let _ = answer(&bytes);
    }
}
