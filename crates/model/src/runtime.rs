//! The runtime identifiers of Lambda: which exist, and which of them AWS still accepts.
//!
//! Source: Developer Guide, "Lambda runtimes", state of November 2026. Whether *this machine* has a
//! runtime is the catalogue's business, in `sandbox`.

/// One runtime identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeIdentifier {
    /// The identifier, such as `python3.12`.
    pub name: &'static str,
    /// The language it belongs to.
    pub family: Family,
    /// Whether functions can be created with it.
    pub support: Support,
}

/// The language of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `dotnet…`.
    DotNet,
    /// `go1.x`.
    Go,
    /// `java…`.
    Java,
    /// `nodejs…`.
    Nodejs,
    /// `provided…`: the package brings its own `bootstrap`.
    Provided,
    /// `python…`.
    Python,
    /// `ruby…`.
    Ruby,
}

/// Whether AWS accepts an identifier for new functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Accepted.
    Accepted,
    /// Refused; AWS recommends "a supported runtime".
    Ended,
    /// Refused; AWS recommends this one by name.
    EndedUse(&'static str),
}

use Family::{DotNet, Go, Java, Nodejs, Provided, Python, Ruby};
use Support::{Accepted, Ended, EndedUse};

const fn runtime(name: &'static str, family: Family, support: Support) -> RuntimeIdentifier {
    RuntimeIdentifier { name, family, support }
}

/// Every identifier that the service model knows.
pub const RUNTIMES: &[RuntimeIdentifier] = &[
    runtime("nodejs26.x", Nodejs, Accepted),
    runtime("nodejs24.x", Nodejs, Accepted),
    runtime("nodejs22.x", Nodejs, Accepted),
    runtime("nodejs20.x", Nodejs, Accepted),
    runtime("nodejs18.x", Nodejs, Accepted),
    runtime("nodejs16.x", Nodejs, Accepted),
    runtime("nodejs14.x", Nodejs, Ended),
    runtime("nodejs12.x", Nodejs, Ended),
    runtime("nodejs10.x", Nodejs, Ended),
    runtime("nodejs8.10", Nodejs, Ended),
    runtime("nodejs6.10", Nodejs, Ended),
    runtime("nodejs4.3", Nodejs, Ended),
    runtime("nodejs4.3-edge", Nodejs, Ended),
    runtime("nodejs", Nodejs, Ended),
    runtime("python3.15", Python, Accepted),
    runtime("python3.14", Python, Accepted),
    runtime("python3.13", Python, Accepted),
    runtime("python3.12", Python, Accepted),
    runtime("python3.11", Python, Accepted),
    runtime("python3.10", Python, Accepted),
    runtime("python3.9", Python, Accepted),
    runtime("python3.8", Python, Accepted),
    runtime("python3.7", Python, Ended),
    runtime("python3.6", Python, Ended),
    runtime("python2.7", Python, Ended),
    runtime("java25", Java, Accepted),
    runtime("java21", Java, Accepted),
    runtime("java17", Java, Accepted),
    runtime("java11", Java, Accepted),
    runtime("java8.al2", Java, Accepted),
    runtime("java17.al2023", Java, Accepted),
    runtime("java11.al2023", Java, Accepted),
    runtime("java8.al2023", Java, Accepted),
    runtime("java8", Java, EndedUse("java21")),
    runtime("dotnet10", DotNet, Accepted),
    runtime("dotnet8", DotNet, Accepted),
    runtime("dotnet6", DotNet, Accepted),
    runtime("dotnet5.0", DotNet, Ended),
    runtime("dotnetcore3.1", DotNet, Ended),
    runtime("dotnetcore2.1", DotNet, Ended),
    runtime("dotnetcore2.0", DotNet, Ended),
    runtime("dotnetcore1.0", DotNet, Ended),
    runtime("ruby4.0", Ruby, Accepted),
    runtime("ruby3.4", Ruby, Accepted),
    runtime("ruby3.3", Ruby, Accepted),
    runtime("ruby3.2", Ruby, Accepted),
    runtime("ruby2.7", Ruby, Ended),
    runtime("ruby2.5", Ruby, Ended),
    runtime("go1.x", Go, EndedUse("provided.al2023")),
    runtime("provided.al2023", Provided, Accepted),
    runtime("provided.al2", Provided, Accepted),
    runtime("provided", Provided, EndedUse("provided.al2023")),
];

/// Finds an identifier.
pub fn find(name: &str) -> Option<&'static RuntimeIdentifier> {
    RUNTIMES.iter().find(|runtime| runtime.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_recommendations_are_accepted_ones() {
        for (index, runtime) in RUNTIMES.iter().enumerate() {
            assert!(RUNTIMES[index + 1..].iter().all(|other| other.name != runtime.name));
            if let EndedUse(better) = runtime.support {
                assert_eq!(find(better).map(|r| r.support), Some(Accepted));
            }
        }
    }
}
