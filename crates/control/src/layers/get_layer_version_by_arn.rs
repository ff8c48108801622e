//! `GetLayerVersionByArn`.

use api::{
    Call, Handle, Operation,
    lambda::{GetLayerVersionByArn, GetLayerVersionByArnRequest, GetLayerVersionResponse},
};
use model::layer::LayerVersionArn;
use wire::ApiError;

use super::LayerRefusal;
use crate::{Control, error::Refusal};

impl Handle<GetLayerVersionByArn> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetLayerVersionByArnRequest,
    ) -> Result<GetLayerVersionResponse, ApiError> {
        Ok(self.get_layer_version_by_arn(call, &input)?)
    }
}

// === impl Control: GetLayerVersionByArn ===

impl Control {
    fn get_layer_version_by_arn(
        &self,
        call: &Call,
        input: &GetLayerVersionByArnRequest,
    ) -> Result<GetLayerVersionResponse, Refusal> {
        let arn: LayerVersionArn = input.arn.parse().map_err(|_| LayerRefusal::NotFound)?;
        let spec = GetLayerVersionByArn::SPEC;
        let layer = self.layer(call, spec, &arn.layer.to_string())?;
        self.get_layer_version(call, &layer.version(arn.number))
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{GetLayerVersion, GetLayerVersionRequest};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const L: &str = "arn:aws:lambda:us-east-1:000000000000:layer:l";

    fn by_arn(fixture: &Fixture, arn: &str) -> Result<GetLayerVersionResponse, Refusal> {
        let input = GetLayerVersionByArnRequest { arn: arn.to_owned() };
        fixture.control.get_layer_version_by_arn(&call(), &input)
    }

    #[tokio::test]
    async fn name_and_number_find_what_the_arn_finds() {
        let fixture = Fixture::new().await;
        fixture.publish_layer("l", "one").await;
        let input = GetLayerVersionRequest { layer_name: "l".to_owned(), version_number: 1 };
        let named = Handle::<GetLayerVersion>::handle(&fixture.control, &call(), input).await;
        assert_eq!(named.unwrap(), by_arn(&fixture, &format!("{L}:1")).unwrap());
    }

    #[tokio::test]
    async fn what_is_not_there_or_not_ones_own_is_refused() {
        let fixture = Fixture::new().await;
        let missing = text(by_arn(&fixture, &format!("{L}:1")));
        assert_eq!(missing, "The resource you requested does not exist.");
        let other = text(by_arn(&fixture, "arn:aws:lambda:us-east-1:111111111111:layer:l:1"));
        let action = "because no resource-based policy allows the lambda:GetLayerVersion action";
        assert!(other.ends_with(action), "{other}");
        let input = GetLayerVersionRequest { layer_name: "l".to_owned(), version_number: 0 };
        let zero = Handle::<GetLayerVersion>::handle(&fixture.control, &call(), input).await;
        assert_eq!(zero.unwrap_err().message(), Some("Layer Version Cannot be less than 1"));
    }
}
