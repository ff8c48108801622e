//! `Layers` of a function: which archives are laid over each other under `/opt`.

use api::Call;
use model::{
    function::{LayerUse, Settings},
    layer::LayerVersionArn,
    names::Region,
};

use crate::{Control, error::Refusal, layers::LayerRefusal};

// === impl Control: layers of functions ===

impl Control {
    /// Finds the layers that a request lists.
    pub(super) fn layers_used(
        &self,
        call: &Call,
        region: &Region,
        arns: &[String],
    ) -> Result<Vec<LayerUse>, Refusal> {
        let limit = self.parts.limits.layers;
        if arns.len() > limit {
            return Err(LayerRefusal::TooMany(limit).into());
        }
        let mut seen: Vec<LayerVersionArn> = Vec::new();
        let mut used = Vec::new();
        for text in arns {
            let arn = self.layer_of_function(call, region, text)?;
            let row = self.parts.registry.layer_version(&arn.layer, arn.number);
            let row = row.ok_or_else(|| LayerRefusal::NoVersion(text.clone()))?;
            if let Some(other) = seen.iter().find(|other| other.layer == arn.layer) {
                return Err(LayerRefusal::Twice(other.clone(), arn).into());
            }
            seen.push(arn);
            used.push(LayerUse { arn: text.clone(), content: row.0.content.clone() });
        }
        Ok(used)
    }

    /// Refuses code that is too large together with its layers.
    pub(super) fn check_unzipped(&self, settings: &Settings) -> Result<(), Refusal> {
        let limit_bytes = self.parts.limits.code_size_unzipped_bytes;
        let sizes = settings.archives().map(|code| code.unzipped_bytes);
        let size_bytes = sizes.fold(0, u64::saturating_add);
        if size_bytes > limit_bytes {
            return Err(LayerRefusal::TooLarge { limit_bytes, size_bytes }.into());
        }
        Ok(())
    }

    fn layer_of_function(
        &self,
        call: &Call,
        region: &Region,
        text: &str,
    ) -> Result<LayerVersionArn, Refusal> {
        // Layers of AWS's own have ARNs of another form, and are not here.
        let missing = |_| LayerRefusal::NoVersion(text.to_owned());
        let arn: LayerVersionArn = text.parse().map_err(missing)?;
        if arn.layer.region != *region {
            return Err(LayerRefusal::OtherRegion(region.clone()).into());
        }
        if arn.layer.account != self.parts.account {
            let caller = call.caller.arn.as_ref().to_owned();
            let (action, resource) = ("GetLayerVersion", text.to_owned());
            return Err(LayerRefusal::OtherAccount { caller, action, resource }.into());
        }
        Ok(arn)
    }
}

#[cfg(test)]
mod tests {
    use model::Limits;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const L: &str = "arn:aws:lambda:us-east-1:000000000000:layer:l";

    fn used(fixture: &Fixture, arns: &[&str]) -> Result<Vec<LayerUse>, Refusal> {
        let arns: Vec<String> = arns.iter().map(|arn| (*arn).to_owned()).collect();
        fixture.control.layers_used(&call(), &"us-east-1".parse().unwrap(), &arns)
    }

    #[tokio::test]
    async fn layers_are_found_in_the_order_of_the_list() {
        let fixture = Fixture::new().await;
        for name in ["l", "m"] {
            fixture.publish_layer(name, name).await;
        }
        let m = "arn:aws:lambda:us-east-1:000000000000:layer:m:1";
        let l = format!("{L}:1");
        let found = used(&fixture, &[m, &l]).unwrap();
        assert_eq!(found.iter().map(|layer| layer.arn.as_str()).collect::<Vec<_>>(), [m, &l]);
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_refused_in_awss_words() {
        let fixture = Fixture::new().await;
        for content in ["one", "two"] {
            fixture.publish_layer("l", content).await;
        }
        let (one, two) = (format!("{L}:1"), format!("{L}:2"));
        let same = format!(
            "Two different versions of the same layer are not allowed to be referenced in the same \
             function. {one} and {two} are versions of the same layer."
        );
        assert_eq!(text(used(&fixture, &[&one, &two])), same);
        let missing = format!("{L}:3");
        let expected = format!("Layer version {missing} does not exist.");
        assert_eq!(text(used(&fixture, &[&missing])), expected);
        let many = [one.as_str(); 6];
        assert_eq!(text(used(&fixture, &many)), "Cannot reference more than 5 layers.");
        let region = text(used(&fixture, &["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"]));
        assert!(region.ends_with("Layers are expected to be in region us-east-1."), "{region}");
        let other = text(used(&fixture, &["arn:aws:lambda:us-east-1:111111111111:layer:l:1"]));
        assert!(other.contains("is not authorized to perform: lambda:GetLayerVersion"), "{other}");
    }

    #[tokio::test]
    async fn code_and_layers_together_have_a_limit() {
        let limits = Limits { code_size_unzipped_bytes: 8, ..Limits::default() };
        let fixture = Fixture::with_limits(limits).await;
        fixture.publish_layer("l", "12345").await;
        let mut settings = fixture.create_active("f").await.latest.settings;
        fixture.control.check_unzipped(&settings).unwrap();
        let zip = settings.zip_mut().unwrap();
        zip.code.unzipped_bytes = 4;
        zip.layers = used(&fixture, &[&format!("{L}:1")]).unwrap();
        let refused = text(fixture.control.check_unzipped(&settings));
        let expected = "Function code combined with layers exceeds the maximum allowed size of 8 \
                        bytes. The actual size is 9 bytes.";
        assert_eq!(refused, expected);
    }
}
