use super::*;

const WHO: &str = "arn:aws:iam::000000000000:role/r";

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn grant(operations: &[&str]) -> Grant {
    Grant {
        region: "us-east-1".into(),
        key_id: "k".into(),
        id: "g".into(),
        name: None,
        grantee: WHO.into(),
        retiring: None,
        operations: operations.iter().map(|text| (*text).to_owned()).collect(),
        subset: None,
        equals: None,
        created_ms: 0,
        function: None,
    }
}

fn asked<'a>(operation: &'a str, context: &[(&'a str, &'a str)]) -> Asked<'a> {
    Asked { operation, context: context.iter().copied().collect(), passed_on: Vec::new() }
}

#[test]
fn a_grant_permits_what_it_names_to_whom_it_names() {
    let grant = grant(&["Decrypt"]);
    for (principal, operation, expected) in [
        (WHO, "Decrypt", true),
        (WHO, "Encrypt", false),
        (WHO, "CreateGrant", false),
        ("arn:aws:iam::000000000000:role/other", "Decrypt", false),
        ("", "Decrypt", false),
    ] {
        let found = grant.permits(principal, &asked(operation, &[]));
        assert_eq!(found, expected, "{principal} {operation}");
    }
}

#[test]
fn constraints_hold_against_the_encryption_context() {
    let subset = Grant { subset: Some(pairs(&[("a", "1")])), ..grant(&["Decrypt"]) };
    let equals = Grant { equals: Some(pairs(&[("a", "1")])), ..grant(&["Decrypt"]) };
    for (context, in_subset, is_equal) in [
        (&[("a", "1")][..], true, true),
        (&[("a", "1"), ("b", "2")], true, false),
        (&[("a", "2")], false, false),
        (&[("b", "1")], false, false),
        (&[], false, false),
    ] {
        let asked = asked("Decrypt", context);
        assert_eq!(subset.permits(WHO, &asked), in_subset, "{context:?}");
        assert_eq!(equals.permits(WHO, &asked), is_equal, "{context:?}");
    }
}

#[test]
fn whoever_may_grant_passes_on_no_more_than_they_have() {
    let own = grant(&["CreateGrant", "Decrypt"]);
    let passing = |operations: &[&'static str]| Asked {
        operation: "CreateGrant",
        context: BTreeMap::new(),
        passed_on: operations.to_vec(),
    };
    assert!(own.permits(WHO, &passing(&["Decrypt"])));
    assert!(!own.permits(WHO, &passing(&["Decrypt", "Encrypt"])));
    let constrained = Grant { subset: Some(pairs(&[("a", "1")])), ..own };
    assert!(!constrained.permits(WHO, &passing(&["Decrypt"])));
}

#[test]
fn a_token_leads_back_to_its_grant() {
    let target = token_target(&grant(&[]).token()).unwrap();
    assert_eq!(target, ("us-east-1".into(), "k".into(), "g".into()));
    for token in ["", "x", "00", "ff"] {
        assert_eq!(token_target(token), None, "{token}");
    }
}
