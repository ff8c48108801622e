//! What a function URL tells browsers of other origins.
//!
//! Source: Developer Guide, "Configuring Lambda function URLs", "Cross-origin resource sharing": what is
//! configured counts more than what the function answers. Unverified: that a preflight request is
//! answered without the function.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use model::function::Cors;

/// What the headers of an answer are where a function URL has a configuration for them.
const CONFIGURED: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// Tells whether a browser only asks what it may do.
pub(super) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(header::ORIGIN)
        && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Gives the headers of the answer to such a question.
pub(super) fn preflight(cors: &Cors, head: &Parts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    apply(cors, head, &mut headers);
    if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        list(&mut headers, header::ACCESS_CONTROL_ALLOW_METHODS, cors.allow_methods.as_ref());
        list(&mut headers, header::ACCESS_CONTROL_ALLOW_HEADERS, cors.allow_headers.as_ref());
        if let Some(seconds) = cors.max_age_seconds {
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
    }
    headers
}

/// Puts into an answer what is configured, in place of what the function said.
pub(super) fn apply(cors: &Cors, head: &Parts, headers: &mut HeaderMap) {
    for name in CONFIGURED {
        headers.remove(name);
    }
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    let anyone = origins.iter().any(|origin| origin == "*");
    if !anyone && !origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    let credentials = cors.allow_credentials == Some(true);
    let origin = head.headers.get(header::ORIGIN);
    let Some(allowed) = allowed(origins, anyone, credentials, origin) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if credentials {
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, cors.expose_headers.as_ref());
}

fn allowed(
    origins: &[String],
    anyone: bool,
    credentials: bool,
    origin: Option<&HeaderValue>,
) -> Option<HeaderValue> {
    match origin {
        // Browsers take no star where credentials are sent.
        Some(origin) if anyone && credentials => Some(origin.clone()),
        _ if anyone => Some(HeaderValue::from_static("*")),
        Some(origin) => {
            let same = |one: &String| one.as_bytes().eq_ignore_ascii_case(origin.as_bytes());
            origins.iter().any(same).then(|| origin.clone())
        }
        None => None,
    }
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: Option<&Vec<String>>) {
    let Some(values) = values.filter(|values| !values.is_empty()) else { return };
    // The service model lets nothing through that no header can carry.
    if let Ok(value) = HeaderValue::from_str(&values.join(",")) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(method: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn shown(headers: &HeaderMap) -> Vec<String> {
        let mut shown: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        shown.sort();
        shown
    }

    fn answered(cors: &Cors, origin: Option<&str>) -> Vec<String> {
        let origin: Vec<_> = origin.iter().map(|origin| ("origin", *origin)).collect();
        let mut headers = HeaderMap::new();
        headers.insert("access-control-allow-origin", "https://functions.own".parse().unwrap());
        headers.insert("access-control-max-age", "1".parse().unwrap());
        apply(cors, &request("GET", &origin), &mut headers);
        shown(&headers)
    }

    #[test]
    fn a_preflight_is_told_from_other_questions() {
        let origin = ("origin", "https://a.b");
        let method = ("access-control-request-method", "PUT");
        assert!(is_preflight(&request("OPTIONS", &[origin, method])));
        assert!(!is_preflight(&request("OPTIONS", &[origin])));
        assert!(!is_preflight(&request("OPTIONS", &[method])));
        assert!(!is_preflight(&request("PUT", &[origin, method])));
    }

    #[test]
    fn a_preflight_gets_all_that_is_configured() {
        let cors = Cors {
            allow_credentials: Some(true),
            allow_headers: Some(words(&["x-a", "x-b"])),
            allow_methods: Some(words(&["GET", "PUT"])),
            allow_origins: Some(words(&["https://a.b"])),
            expose_headers: Some(words(&["x-c"])),
            max_age_seconds: Some(60),
        };
        let from = |origin: &str| {
            let method = ("access-control-request-method", "PUT");
            shown(&preflight(&cors, &request("OPTIONS", &[("origin", origin), method])))
        };
        let expected = [
            "access-control-allow-credentials: true",
            "access-control-allow-headers: x-a,x-b",
            "access-control-allow-methods: GET,PUT",
            "access-control-allow-origin: https://a.b",
            "access-control-expose-headers: x-c",
            "access-control-max-age: 60",
            "vary: Origin",
        ];
        assert_eq!(from("https://a.b"), expected);
        assert_eq!(from("https://evil.b"), ["vary: Origin"]);
    }

    #[test]
    fn origins_are_allowed_by_name_or_all() {
        let star = Cors { allow_origins: Some(words(&["*"])), ..Cors::default() };
        let with = Cors { allow_credentials: Some(true), ..star.clone() };
        let named = Cors { allow_origins: Some(words(&["https://A.b"])), ..Cors::default() };
        let allow = "access-control-allow-origin";
        for (cors, origin, expected) in [
            (&star, Some("https://x.y"), vec![format!("{allow}: *")]),
            (&star, None, vec![format!("{allow}: *")]),
            (
                &with,
                Some("https://x.y"),
                vec![
                    "access-control-allow-credentials: true".into(),
                    format!("{allow}: https://x.y"),
                ],
            ),
            (
                &named,
                Some("https://a.b"),
                vec![format!("{allow}: https://a.b"), "vary: Origin".into()],
            ),
            (&named, Some("https://a.b.c"), vec!["vary: Origin".into()]),
            (&named, None, vec!["vary: Origin".into()]),
            (&Cors::default(), Some("https://x.y"), vec![]),
        ] {
            assert_eq!(answered(cors, origin), expected, "{cors:?} {origin:?}");
        }
    }
}
