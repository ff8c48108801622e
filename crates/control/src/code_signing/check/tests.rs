use model::{
    code_signing::{CodeSigningConfig, Signature, Signing},
    function::LayerUse,
};

use super::*;
use crate::fixture::{Fixture, text};

const PROFILE: &str = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/Build/1";
const REFUSED: &str = "Lambda cannot deploy the function. The function or layer might be signed \
                       using a signature that the client is not configured to accept. Check the \
                       provided signature for f.";
const ALL: Checked = Checked { code: true, layers: true };

async fn with_config(untrusted: Untrusted) -> Fixture {
    let fixture = Fixture::new().await;
    fixture.create_active("f").await;
    let region: model::names::Region = "us-east-1".parse().unwrap();
    let config = CodeSigningConfig {
        region: region.clone(),
        id: "csc".into(),
        description: String::new(),
        publishers: vec![PROFILE.into()],
        untrusted,
        last_modified: Timestamp::default(),
        tags: std::collections::BTreeMap::default(),
    };
    let configs = &fixture.control.parts.registry.code_signing;
    configs.put(&region, "csc", &CodeSigningRow(config)).await.unwrap();
    fixture
}

fn signed(change: impl FnOnce(&mut Signature)) -> Signing {
    let mut signature = Signature {
        profile_version: PROFILE.into(),
        job: "job".into(),
        signed: Timestamp::default(),
        expires: Timestamp::from_epoch_ms(i64::MAX),
        signer: "trusted".into(),
        root: None,
    };
    change(&mut signature);
    Signing::Valid(signature)
}

fn check(
    fixture: &Fixture,
    checked: Checked,
    code: Option<Signing>,
    layer: Option<Signing>,
) -> Result<Settings, Refusal> {
    let function = fixture.function("f").unwrap();
    let arn = fixture.control.arn(&function);
    let mut settings = function.latest.settings;
    let zip = settings.zip_mut().unwrap();
    let content = Code { signing: layer, ..zip.code.clone() };
    zip.code.signing = code;
    zip.layers = vec![LayerUse { arn: "layer".into(), content }];
    fixture.control.check_signatures(&arn, Some("csc"), checked, &mut settings)?;
    Ok(settings)
}

#[tokio::test]
async fn enforcing_lets_nothing_pass_but_good_signatures() {
    let fixture = with_config(Untrusted::Enforce).await;
    let good = || Some(signed(|_| {}));
    let accepted =
        check(&fixture, ALL, good(), good()).unwrap().zip().unwrap().accepted.clone().unwrap();
    assert_eq!((accepted.profile_version.as_str(), accepted.job.as_str()), (PROFILE, "job"));
    let bad = [
        None,
        Some(signed(|signature| signature.profile_version.push('0'))),
        Some(signed(|signature| signature.signer = "somebody".into())),
        Some(signed(|signature| signature.expires = Timestamp::from_epoch_ms(0))),
        Some(signed(|signature| signature.job = "revoked".into())),
    ];
    for bad in bad {
        assert_eq!(text(check(&fixture, ALL, bad.clone(), good())), REFUSED, "{bad:?}");
        assert_eq!(text(check(&fixture, ALL, good(), bad.clone())), REFUSED, "{bad:?}");
        let of_layers = Checked { code: false, layers: true };
        assert_eq!(text(check(&fixture, of_layers, good(), bad.clone())), REFUSED, "{bad:?}");
        check(&fixture, of_layers, bad, good()).unwrap();
    }
}

#[tokio::test]
async fn warning_lets_everything_pass_that_is_whole_and_names_no_signature() {
    let fixture = with_config(Untrusted::Warn).await;
    assert_eq!(check(&fixture, ALL, None, None).unwrap().zip().unwrap().accepted, None);
    let broken = Some(Signing::Broken("bad".into()));
    let refused = text(check(&fixture, ALL, broken.clone(), None));
    assert!(refused.contains("failed the integrity check"), "{refused}");
    assert!(check(&fixture, ALL, None, broken).is_err());
}

#[tokio::test]
async fn without_a_configuration_nothing_is_checked() {
    let fixture = Fixture::new().await;
    let function = fixture.create_active("f").await;
    let arn = fixture.control.arn(&function);
    let mut settings = function.latest.settings;
    settings.zip_mut().unwrap().code.signing = Some(Signing::Broken("bad".into()));
    fixture.control.check_signatures(&arn, None, ALL, &mut settings).unwrap();
    assert_eq!(settings.zip().unwrap().accepted, None);
}
