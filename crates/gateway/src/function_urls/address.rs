//! The host names of function URLs: `<id>.lambda-url.<region>.<whatever leads here>`.

use http::{header::HOST, request::Parts};

const ID_LENGTH: usize = 32;
const MARK: &str = ".lambda-url.";

/// What a host name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The whole name, without a port.
    pub(crate) domain: String,
    /// The port, if it was named.
    pub(crate) port: Option<u16>,
    /// The region that the name says.
    pub(crate) region: String,
}

// === impl Address ===

impl Address {
    /// Reads the host that a request is for, if it is the name of a function URL.
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        // A request to a proxy says the host in its first line, which then counts.
        Self::parse(head.uri.authority().map(http::uri::Authority::as_str).or(host)?)
    }

    fn parse(host: &str) -> Option<Self> {
        // Nearly every request is for the API: this is all that it pays.
        let is_marked = host.get(ID_LENGTH..ID_LENGTH + MARK.len())?.eq_ignore_ascii_case(MARK);
        if !is_marked {
            return None;
        }
        let (domain, port) = match host.rsplit_once(':') {
            Some((domain, port)) => (domain, Some(port.parse().ok()?)),
            None => (host, None),
        };
        let domain = domain.to_ascii_lowercase();
        let id = domain.get(..ID_LENGTH)?;
        let region = domain.get(ID_LENGTH + MARK.len()..)?.split('.').next()?.to_owned();
        id.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(())?;
        Some(Self { domain, port, region })
    }

    /// Gives the id of the URL.
    pub(crate) fn id(&self) -> &str {
        &self.domain[..ID_LENGTH]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_name_of_a_function_url_is_told_from_others() {
        let of = |host: &str| Address::parse(host);
        let address = of(&format!("{ID}.lambda-url.eu-west-1.localhost:4566")).unwrap();
        assert_eq!((address.id(), &*address.region, address.port), (ID, "eu-west-1", Some(4566)));
        assert_eq!(address.domain, format!("{ID}.lambda-url.eu-west-1.localhost"));
        let address = of(&format!("{}.Lambda-URL.us-east-1.On.Aws", ID.to_uppercase())).unwrap();
        assert_eq!((address.id(), &*address.region, address.port), (ID, "us-east-1", None));
        for other in [
            "",
            "localhost:4566",
            "lambda.us-east-1.amazonaws.com",
            &format!("x{ID}.lambda-url.us-east-1.on.aws"),
            &format!("{}.lambda-url.us-east-1.on.aws", &ID[1..]),
            &format!("{}-.lambda-url.us-east-1.on.aws", &ID[1..]),
            &format!("{ID}.lambda-url.us-east-1.on.aws:port"),
            &format!("{ID}.lambda-url"),
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_host_makes_it_panic(host in ".{0,80}", tail in "[a-z.:-]{0,12}") {
            let _ = Address::parse(&host);
            let _ = Address::parse(&format!("{ID}.lambda-url.{tail}{host}"));
        }
    }
}
