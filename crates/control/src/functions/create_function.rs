//! `CreateFunction`.

use std::collections::BTreeMap;

use api::{
    Call, Handle, Operation,
    lambda::{CreateFunction, CreateFunctionRequest, FunctionCode, FunctionConfiguration},
};
use model::{
    FunctionArn,
    function::{
        Attachments, Function, PackageType, Readiness, RecursiveLoop, Settings, Stamp, Version,
    },
};
use wire::ApiError;

use super::{
    code::{Found, Source, architecture},
    image, offered,
    variables::KeyUse,
    wanted::Wanted,
};
use crate::{
    Control,
    code_signing::{Checked, check_signable},
    error::{Refusal, not_created},
    tags::check_count,
    versions::{Publication, being_created},
};

impl Handle<CreateFunction> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: CreateFunctionRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Ok(self.create_function(call, input).await?)
    }
}

/// What a new function has of its own.
struct Own {
    settings: Settings,
    tags: BTreeMap<String, String>,
    code_signing: Option<String>,
}

// === impl Control: CreateFunction ===

impl Control {
    async fn create_function(
        &self,
        call: &Call,
        mut input: CreateFunctionRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let arn = self.address_function(call, CreateFunction::SPEC, &input.function_name)?;
        let kind = image::kind(input.package_type.as_deref());
        let kms_key = input.code.source_kms_key_arn.take().filter(|arn| !arn.is_empty());
        let source = Source::from(std::mem::take(&mut input.code));
        let wanted = Wanted::from(&input);
        offered::check_create(&input)?;
        wanted.check_kind(kind)?;
        check_signable(kind, input.code_signing_config_arn.as_deref())?;
        if kind == PackageType::Zip {
            wanted.check_mandatory()?;
        }
        wanted.check(self, &arn)?;
        architecture(input.architectures.as_deref())?;
        let tags = input.tags.take().unwrap_or_default();
        check_count(&tags)?;
        if self.parts.functions.get(&arn.region, &arn.name).is_some() {
            return Err(Refusal::FunctionExists(arn.name));
        }
        let found = match kind {
            PackageType::Zip => {
                Found::Archive(self.fetch(call, &arn.region, source.package()?).await?)
            }
            PackageType::Image => Found::Image(image::named(source, &arn.region, "creating")?),
        };

        let _until_a_record_names_it = self.uploads.read().await;
        let layers = input.layers.as_deref();
        let layers = layers.map(|arns| self.layers_used(call, &arn.region, arns)).transpose()?;
        let deployed = self.keep(found, kms_key).await?;
        let secrets = self.parts.keys.of_caller(call, &arn);
        let mut settings = wanted.with_layers(layers).into_settings(&secrets, &arn, deployed)?;
        self.check_unzipped(&settings)?;
        let _it_is_not_deleted_meanwhile = self.signing.lock().await;
        let signing = input.code_signing_config_arn.as_deref();
        let code_signing = signing.map(|arn| self.attachable_signing(call, arn)).transpose()?;
        let checked = Checked { code: true, layers: true };
        self.check_signatures(&arn, code_signing.as_deref(), checked, &mut settings)?;
        self.grant_key(call, &arn, KeyUse::of(&settings).as_ref()).await?;
        let own = Own { settings, tags, code_signing };
        let function = self.commit(&arn, own, self.stamp(call)).await?;
        let publish = input.publish.unwrap_or(false);
        let version = if publish {
            being_created(self.publish(call, &arn, &Publication::of_a_change()).await?)
        } else {
            function.latest
        };
        Ok(self.render(call, &arn, &version))
    }

    async fn commit(&self, arn: &FunctionArn, own: Own, stamp: Stamp) -> Result<Function, Refusal> {
        let incarnation = self.parts.ids.next();
        let latest = Version {
            number: None,
            settings: own.settings,
            readiness: Readiness::created(),
            revision_id: stamp.revision_id,
            last_modified: stamp.at,
            attached: Attachments::default(),
        };
        let build = |last_number| Function {
            region: arn.region.clone(),
            name: arn.name.clone(),
            incarnation,
            latest: latest.clone(),
            serving: None,
            last_number,
            published_description: String::new(),
            tags: own.tags.clone(),
            reserved_concurrency: None,
            recursive_loop: RecursiveLoop::default(),
            code_signing: own.code_signing.clone(),
        };
        let created = self.parts.functions.create(&arn.region, &arn.name, build).await;
        created.map_err(|error| not_created(error, &arn.name))
    }
}

impl From<FunctionCode> for Source {
    fn from(code: FunctionCode) -> Self {
        Self {
            zip_file: code.zip_file,
            bucket: code.s3_bucket,
            key: code.s3_key,
            version: code.s3_object_version,
            storage_mode: code.s3_object_storage_mode,
            image_uri: code.image_uri,
        }
    }
}

#[cfg(test)]
mod tests;
