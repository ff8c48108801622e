//! Function ARNs, and the three ways in which a caller may name a function.

use std::{fmt, str::FromStr};

use crate::names::{AccountId, FunctionName, Qualifier, Region};

/// The ARN of a function, with or without a qualifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionArn {
    /// The region that the function lives in.
    pub region: Region,
    /// The account that owns it.
    pub account: AccountId,
    /// Its bare name.
    pub name: FunctionName,
    /// A version or an alias; `None` for the function as such.
    pub qualifier: Option<Qualifier>,
}

/// How a caller named a function: a name, `account:function:name`, or an ARN; each may end in a qualifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionReference {
    /// The region, if the caller gave one.
    pub region: Option<Region>,
    /// The account, if the caller gave one.
    pub account: Option<AccountId>,
    /// The bare name.
    pub name: FunctionName,
    /// The qualifier at the end of the name, if there was one.
    pub qualifier: Option<Qualifier>,
}

/// Says that a text names no function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not name a function")]
pub struct ReferenceError(String);

// === impl FunctionArn ===

impl FunctionArn {
    /// Gives the same function's ARN with this qualifier.
    #[must_use]
    pub fn qualified(&self, qualifier: Qualifier) -> Self {
        Self { qualifier: Some(qualifier), ..self.clone() }
    }

    /// Gives the ARN of the function as such.
    #[must_use]
    pub fn unqualified(&self) -> Self {
        Self { qualifier: None, ..self.clone() }
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:lambda:{}:{}:function:{}", self.region, self.account, self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

// === impl FunctionReference ===

impl FromStr for FunctionReference {
    type Err = ReferenceError;

    /// Reads `[arn:<partition>:lambda:][<region>:][<account>:][function:]<name>[:<qualifier>]`, the
    /// optional parts in this order (model shape `FunctionName`). `arn:aws:lambda:r:a:function`
    /// therefore names a function called `function`, as it does on AWS.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let error = || ReferenceError(text.to_owned());
        let mut parts: Vec<&str> = text.split(':').collect();
        let is_arn = parts.first() == Some(&"arn");
        if is_arn {
            let partition = parts.get(1).is_some_and(|p| p.starts_with("aws"));
            if !partition || parts.get(2) != Some(&"lambda") {
                return Err(error());
            }
            parts.drain(..3);
        }
        let region = take_if(&mut parts, |p| p.contains('-') && looks_like_region(p));
        let account = take_if(&mut parts, |p| p.parse::<AccountId>().is_ok());
        if is_arn && (region.is_none() || account.is_none()) {
            return Err(error());
        }
        if parts.len() > 1 && parts.first() == Some(&"function") {
            parts.remove(0);
        }
        let (name, qualifier) = match parts.as_slice() {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return Err(error()),
        };
        Ok(Self {
            region: region.map(str::parse).transpose().map_err(|_| error())?,
            account: account.map(str::parse).transpose().map_err(|_| error())?,
            name: name.parse().map_err(|_| error())?,
            qualifier: qualifier.map(str::parse).transpose().map_err(|_| error())?,
        })
    }
}

fn take_if<'a>(parts: &mut Vec<&'a str>, is: impl Fn(&str) -> bool) -> Option<&'a str> {
    // The last part is always the name, whatever it looks like.
    if parts.len() > 1 && is(parts[0]) { Some(parts.remove(0)) } else { None }
}

fn looks_like_region(text: &str) -> bool {
    let mut pieces = text.rsplitn(2, '-');
    let number = pieces.next().unwrap_or_default();
    let area = pieces.next().unwrap_or_default();
    number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
        && area.contains('-')
        && text.parse::<Region>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> FunctionReference {
        text.parse().unwrap()
    }

    #[test]
    fn a_bare_name_has_no_region_and_no_account() {
        let reference = read("hello");
        assert_eq!(reference.name.as_str(), "hello");
        assert_eq!((reference.region, reference.account, reference.qualifier), (None, None, None));
    }

    #[test]
    fn a_partial_arn_has_an_account() {
        let reference = read("123456789012:function:hello:live");
        assert_eq!(reference.account.unwrap().as_str(), "123456789012");
        assert_eq!(reference.qualifier.unwrap().to_string(), "live");
    }

    #[test]
    fn a_full_arn_prints_back() {
        let text = "arn:aws:lambda:us-east-1:123456789012:function:hello:7";
        let reference = read(text);
        let arn = FunctionArn {
            region: reference.region.unwrap(),
            account: reference.account.unwrap(),
            name: reference.name,
            qualifier: reference.qualifier,
        };
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn an_arn_that_ends_in_function_names_a_function_called_function() {
        let reference = read("arn:aws:lambda:us-east-1:123456789012:function");
        assert_eq!(reference.name.as_str(), "function");
    }

    #[test]
    fn a_name_of_twelve_digits_is_a_name() {
        assert_eq!(read("123456789012").name.as_str(), "123456789012");
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            "",
            "*",
            "a:b:c",
            "arn:aws:s3:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:1:2",
            "f:$LATES",
        ] {
            assert!(bad.parse::<FunctionReference>().is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _ = text.parse::<FunctionReference>();
        }

        #[test]
        fn every_arn_that_prints_parses_back(
            name in "[a-zA-Z0-9-_]{1,64}", account in "[0-9]{12}", version in 1_u64..1000,
        ) {
            let text = format!("arn:aws:lambda:eu-west-1:{account}:function:{name}:{version}");
            let reference = text.parse::<FunctionReference>().unwrap();
            proptest::prop_assert_eq!(reference.name.as_str(), name.as_str());
            proptest::prop_assert_eq!(reference.qualifier.unwrap().to_string(), version.to_string());
        }
    }
}
