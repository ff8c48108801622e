//! `ListFunctionEventInvokeConfigs`.

use api::{
    Call, Handle, Operation,
    lambda::{
        ListFunctionEventInvokeConfigs, ListFunctionEventInvokeConfigsRequest,
        ListFunctionEventInvokeConfigsResponse,
    },
};
use model::names::Qualifier;
use wire::ApiError;

use super::{EventInvokeRefusal, render};
use crate::{Control, error::Refusal, paging};

impl Handle<ListFunctionEventInvokeConfigs> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListFunctionEventInvokeConfigsRequest,
    ) -> Result<ListFunctionEventInvokeConfigsResponse, ApiError> {
        Ok(self.list_event_invoke(call, &input)?)
    }
}

// === impl Control: ListFunctionEventInvokeConfigs ===

impl Control {
    fn list_event_invoke(
        &self,
        call: &Call,
        input: &ListFunctionEventInvokeConfigsRequest,
    ) -> Result<ListFunctionEventInvokeConfigsResponse, Refusal> {
        let spec = ListFunctionEventInvokeConfigs::SPEC;
        let arn = self.address(call, spec, &input.function_name, None)?.unqualified();
        let function = self.find(&arn).map_err(|_| EventInvokeRefusal::NoFunction)?;
        let after: Option<Qualifier> = paging::last_name(input.marker.as_deref())?;
        let all = self.all_attached(&function).into_iter();
        let left = all
            .filter(|(qualifier, _)| after.as_ref().is_none_or(|after| qualifier > after))
            .filter_map(|(qualifier, attached)| Some((qualifier, attached.event_invoke?)));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(left, size, |entry| entry.0.to_string());
        let configs = page
            .into_iter()
            .map(|(qualifier, config)| render(&arn.qualified(qualifier), &config))
            .collect();
        Ok(ListFunctionEventInvokeConfigsResponse {
            function_event_invoke_configs: Some(configs),
            next_marker,
        })
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        DeleteFunctionEventInvokeConfig, DeleteFunctionEventInvokeConfigRequest,
        GetFunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest,
        PutFunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call};

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    async fn put(fixture: &Fixture, qualifier: Option<&str>) {
        let input = PutFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            qualifier: qualifier.map(str::to_owned),
            maximum_retry_attempts: Some(1),
            ..PutFunctionEventInvokeConfigRequest::default()
        };
        Handle::<PutFunctionEventInvokeConfig>::handle(&fixture.control, &call(), input)
            .await
            .unwrap();
    }

    fn list(fixture: &Fixture, size: i32) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut input = ListFunctionEventInvokeConfigsRequest {
            function_name: "f".to_owned(),
            marker: None,
            max_items: Some(size),
        };
        loop {
            let answer = fixture.control.list_event_invoke(&call(), &input).unwrap();
            let configs = answer.function_event_invoke_configs.unwrap();
            let end = |arn: String| arn.trim_start_matches(F).to_owned();
            pages.push(configs.into_iter().map(|c| end(c.function_arn.unwrap())).collect());
            input.marker = answer.next_marker;
            if input.marker.is_none() {
                return pages;
            }
        }
    }

    #[tokio::test]
    async fn each_qualifier_has_its_own_and_loses_it_with_itself() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        fixture.alias("f", "bare", "1").await;
        for qualifier in [None, Some("live"), Some("1")] {
            put(&fixture, qualifier).await;
        }
        assert_eq!(list(&fixture, 2), [vec![":$LATEST", ":1"], vec![":live"]]);
        fixture.delete_alias("f", "live").await;
        fixture.alias("f", "live", "1").await;
        assert_eq!(list(&fixture, 9), [[":$LATEST", ":1"]]);
        let delete = DeleteFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            qualifier: Some("1".to_owned()),
        };
        let deleted = |input| async {
            Handle::<DeleteFunctionEventInvokeConfig>::handle(&fixture.control, &call(), input)
                .await
        };
        deleted(delete.clone()).await.unwrap();
        let expected = format!("The function {F}:1 doesn't have an EventInvokeConfig");
        let again = deleted(delete).await.unwrap_err();
        assert_eq!(again.message(), Some(expected.as_str()));
        let get = GetFunctionEventInvokeConfigRequest {
            function_name: "f".to_owned(),
            qualifier: Some("1".to_owned()),
        };
        let got =
            Handle::<GetFunctionEventInvokeConfig>::handle(&fixture.control, &call(), get).await;
        assert_eq!(got.unwrap_err().message(), Some(expected.as_str()));
    }
}
