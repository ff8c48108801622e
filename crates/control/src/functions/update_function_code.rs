//! `UpdateFunctionCode`.

use api::{
    Call, Handle, Operation,
    lambda::{FunctionConfiguration, UpdateFunctionCode, UpdateFunctionCodeRequest},
};
use model::{
    FunctionArn,
    function::{Architecture, Function, ImageUri, Package, Settings, Version},
};
use wire::ApiError;

use super::{
    code::{self, Deployed, Found, Source, architecture},
    image::{self, ImageRefusal},
    offered,
};
use crate::{
    Control,
    code_signing::Checked,
    control::check_changeable,
    error::{Refusal, not_changed},
    versions::{Publication, being_created},
};

/// What this operation does with a function, for those who refuse it.
const UPDATING: &str = "updating";

/// What a request names.
enum Wanted {
    Package(code::Package),
    Image(ImageUri),
}

impl Handle<UpdateFunctionCode> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateFunctionCodeRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Ok(self.update_function_code(call, input).await?)
    }
}

// === impl Control: UpdateFunctionCode ===

impl Control {
    async fn update_function_code(
        &self,
        call: &Call,
        mut input: UpdateFunctionCodeRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let arn = self.address_function(call, UpdateFunctionCode::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        offered::check_code(&input)?;
        let wanted = wanted(&mut input, &function, &arn)?;
        let architecture = architecture(input.architectures.as_deref())?;
        check_changeable(&function, &arn, input.revision_id.as_deref())?;
        let found = match wanted {
            Wanted::Package(package) => {
                Found::Archive(self.fetch(call, &arn.region, package).await?)
            }
            Wanted::Image(uri) => Found::Image(uri),
        };

        if input.dry_run.unwrap_or(false) {
            let deployed = self.try_out(found).await?;
            let settings = self.with_code(&arn, &function, &deployed, architecture)?;
            return Ok(self.render(call, &arn, &Version { settings, ..function.latest }));
        }
        let _until_a_record_names_it = self.uploads.read().await;
        let kms_key = input.source_kms_key_arn.take().filter(|arn| !arn.is_empty());
        let deployed = self.keep(found, kms_key).await?;
        let latest = self.replace_code(call, &arn, &input, (&deployed, architecture)).await?;
        if input.publish.unwrap_or(false) {
            let version = self.publish(call, &arn, &Publication::of_a_change()).await?;
            let arn = arn.qualified(version.qualifier());
            return Ok(self.render(call, &arn, &being_created(version)));
        }
        Ok(self.render(call, &arn, &latest))
    }

    async fn replace_code(
        &self,
        call: &Call,
        arn: &FunctionArn,
        input: &UpdateFunctionCodeRequest,
        (deployed, architecture): (&Deployed, Option<Architecture>),
    ) -> Result<Version, Refusal> {
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            check_changeable(function, arn, input.revision_id.as_deref())?;
            let settings = self.with_code(arn, function, deployed, architecture)?;
            function.begin_update(settings, self.stamp(call));
            Ok::<_, Refusal>(())
        });
        let function = changed.await.map_err(|error| not_changed(error, arn))?;
        Ok(function.latest)
    }

    /// Makes the settings with other code, if they fit together and the code may be deployed.
    fn with_code(
        &self,
        arn: &FunctionArn,
        function: &Function,
        deployed: &Deployed,
        architecture: Option<Architecture>,
    ) -> Result<Settings, Refusal> {
        let mut settings = function.latest.settings.clone();
        match (&mut settings.package, deployed) {
            (Package::Zip(zip), Deployed::Code(code)) => zip.code = code.clone(),
            (Package::Image(image), Deployed::Image(uri)) => image.image_uri = uri.clone(),
            // It was deleted meanwhile, and made anew as a function of the other kind.
            (_, Deployed::Image(_)) => return Err(ImageRefusal::UriForZip.into()),
            (_, Deployed::Code(_)) => return Err(ImageRefusal::OtherSource(UPDATING).into()),
        }
        settings.architecture = architecture.unwrap_or(settings.architecture);
        self.check_unzipped(&settings)?;
        let checked = Checked { code: true, layers: true };
        self.check_signatures(arn, function.code_signing.as_deref(), checked, &mut settings)?;
        Ok(settings)
    }
}

/// Finds what is wanted, which has to be of the function's kind.
fn wanted(
    input: &mut UpdateFunctionCodeRequest,
    function: &Function,
    arn: &FunctionArn,
) -> Result<Wanted, Refusal> {
    let source = Source {
        zip_file: input.zip_file.take(),
        bucket: input.s3_bucket.take(),
        key: input.s3_key.take(),
        version: input.s3_object_version.take(),
        storage_mode: input.s3_object_storage_mode.take(),
        image_uri: input.image_uri.take(),
    };
    match function.latest.settings.package {
        Package::Image(_) => Ok(Wanted::Image(image::named(source, &arn.region, UPDATING)?)),
        Package::Zip(_) if source.image_uri.is_some() => Err(ImageRefusal::UriForZip.into()),
        Package::Zip(_) => Ok(Wanted::Package(source.package()?)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use store::Digest;

    use super::*;
    use crate::fixture::{Fixture, call, text, zip};

    type Change = fn(&mut UpdateFunctionCodeRequest);

    fn of(name: &str, zip_file: Bytes) -> UpdateFunctionCodeRequest {
        UpdateFunctionCodeRequest {
            function_name: name.to_owned(),
            zip_file: Some(zip_file),
            ..UpdateFunctionCodeRequest::default()
        }
    }

    async fn update(
        fixture: &Fixture,
        input: UpdateFunctionCodeRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        fixture.control.update_function_code(&call(), input).await
    }

    #[tokio::test]
    async fn the_old_code_serves_until_the_update_has_settled() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let new = zip("bootstrap", "two");
        let answer = update(&fixture, of("f", new.clone())).await.unwrap();
        assert_eq!(answer.state.as_deref(), Some("Active"));
        assert_eq!(answer.last_update_status.as_deref(), Some("InProgress"));
        assert_eq!(
            answer.last_update_status_reason.as_deref(),
            Some("The function is being created.")
        );
        assert_eq!(answer.last_update_status_reason_code.as_deref(), Some("Creating"));
        assert_eq!(answer.code_size, Some(i64::try_from(new.len()).unwrap()));
        let function = fixture.function("f").unwrap();
        assert_eq!(*function.settings_in_force(), before.latest.settings);
        fixture.settle().await;
        let function = fixture.function("f").unwrap();
        assert_eq!(
            function.settings_in_force().zip().unwrap().code.sha256,
            Digest::of(&new).to_string()
        );
    }

    #[tokio::test]
    async fn a_second_change_waits_for_the_first() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        let expected = "The operation cannot be performed at this time. An update is in progress \
                        for resource: arn:aws:lambda:us-east-1:000000000000:function:f";
        let two = || of("f", zip("bootstrap", "two"));
        assert_eq!(text(update(&fixture, two()).await), expected);
        fixture.settle().await;
        update(&fixture, two()).await.unwrap();
        assert_eq!(text(update(&fixture, two()).await), expected);
    }

    #[tokio::test]
    async fn a_stale_revision_is_refused_and_the_latest_accepted() {
        let fixture = Fixture::new().await;
        let created = fixture.create_active("f").await;
        let with = |revision_id: String| UpdateFunctionCodeRequest {
            revision_id: Some(revision_id),
            ..of("f", zip("bootstrap", "two"))
        };
        let stale = update(&fixture, with(uuid::Uuid::from_u128(99).to_string())).await;
        assert!(matches!(stale, Err(Refusal::StaleRevision)));
        update(&fixture, with(created.latest.revision_id.to_string())).await.unwrap();
    }

    #[tokio::test]
    async fn a_dry_run_tells_the_outcome_and_changes_nothing() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let new = zip("bootstrap", "two");
        let input = UpdateFunctionCodeRequest { dry_run: Some(true), ..of("f", new.clone()) };
        let answer = update(&fixture, input).await.unwrap();
        assert_eq!(answer.code_size, Some(i64::try_from(new.len()).unwrap()));
        assert_eq!(fixture.function("f").unwrap(), before);
        let digest = Digest::of(&new).to_string();
        assert!(fixture.control.parts.code.archive(&digest).await.is_err());
    }

    #[tokio::test]
    async fn publishing_answers_the_new_version() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let publish = Some(true);
        let new = zip("bootstrap", "two");
        let input = UpdateFunctionCodeRequest { publish, ..of("f", new.clone()) };
        let answer = update(&fixture, input).await.unwrap();
        assert_eq!(answer.version.as_deref(), Some("1"));
        assert!(answer.function_arn.unwrap().ends_with(":f:1"));
        assert_eq!(answer.state.as_deref(), Some("Pending"));
        let function = fixture.function("f").unwrap();
        let version = fixture.control.parts.functions.last_published(&function).unwrap();
        assert_eq!(version.0.settings.zip().unwrap().code.sha256, Digest::of(&new).to_string());
    }

    #[tokio::test]
    async fn bad_sources_are_refused() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let source = |change: Change| {
            let mut input = of("f", Bytes::new());
            input.zip_file = None;
            change(&mut input);
            update(&fixture, input)
        };
        let cases: [(Change, &str); 4] = [
            (|_| {}, "Please provide a source for function code."),
            (
                |input| input.image_uri = Some("i".into()),
                "Please don't provide ImageUri when updating a function with packageType Zip.",
            ),
            (|input| input.s3_key = Some("k".into()), "Please provide a source for function code."),
            (
                |input| input.zip_file = Some(Bytes::from_static(b"no zip")),
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(text(source(change).await), expected);
        }
        let missing = text(update(&fixture, of("g", zip("a", "b"))).await);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:g";
        assert_eq!(missing, format!("Function not found: {arn}"));
    }
}
