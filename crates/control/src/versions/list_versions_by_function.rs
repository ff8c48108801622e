//! `ListVersionsByFunction`.

use api::{
    Call, Handle, Operation,
    lambda::{
        ListVersionsByFunction, ListVersionsByFunctionRequest, ListVersionsByFunctionResponse,
    },
};
use model::{
    function::Version,
    names::{Qualifier, VersionNumber},
};
use wire::ApiError;

use crate::{Control, error::Refusal, paging};

impl Handle<ListVersionsByFunction> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListVersionsByFunctionRequest,
    ) -> Result<ListVersionsByFunctionResponse, ApiError> {
        Ok(self.list_versions_by_function(call, &input)?)
    }
}

// === impl Control: ListVersionsByFunction ===

impl Control {
    fn list_versions_by_function(
        &self,
        call: &Call,
        input: &ListVersionsByFunctionRequest,
    ) -> Result<ListVersionsByFunctionResponse, Refusal> {
        let arn =
            self.address_function(call, ListVersionsByFunction::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let last = last(input.marker.as_deref())?;
        let after = last.as_ref().and_then(|last| match last {
            Qualifier::Version(number) => Some(*number),
            Qualifier::Latest | Qualifier::Alias(_) => None,
        });
        let mut versions: Vec<Version> = Vec::new();
        if last.is_none() {
            versions.push(function.latest.clone());
        }
        // One more than the page holds tells whether there is another page.
        let wanted = size + 1 - versions.len();
        let published = self.published(&function, after, wanted);
        versions.extend(published);
        let has_more = versions.len() > size;
        versions.truncate(size);
        let last = versions.last().filter(|_| has_more);
        let next_marker = last.map(|last| paging::marker(&last.qualifier().to_string()));
        let render = |version: &Version| {
            self.render_listed(call, &arn.qualified(version.qualifier()), version)
        };
        let versions = Some(versions.iter().map(render).collect());
        Ok(ListVersionsByFunctionResponse { next_marker, versions })
    }

    fn published(
        &self,
        function: &model::function::Function,
        after: Option<VersionNumber>,
        limit: usize,
    ) -> Vec<Version> {
        let rows = self.parts.functions.versions(function, after, limit);
        rows.iter().map(|row| row.0.clone()).collect()
    }
}

/// Reads the last entry of the page before.
fn last(marker: Option<&str>) -> Result<Option<Qualifier>, Refusal> {
    let Some(text) = paging::after(marker)? else { return Ok(None) };
    match text.parse() {
        Ok(last @ (Qualifier::Latest | Qualifier::Version(_))) => Ok(Some(last)),
        _ => Err(paging::bad_marker(marker.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call};

    #[tokio::test]
    async fn latest_comes_first_then_numbers_as_numbers_go() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for _ in 0..11 {
            fixture.touch("f").await;
            fixture.publish("f").await;
        }
        let mut input = ListVersionsByFunctionRequest {
            function_name: "f".to_owned(),
            max_items: Some(5),
            ..ListVersionsByFunctionRequest::default()
        };
        let mut pages = Vec::new();
        loop {
            let answer = fixture.control.list_versions_by_function(&call(), &input).unwrap();
            let versions = answer.versions.unwrap();
            assert!(versions.iter().all(|version| version.state.is_none()));
            let end = |arn: &str| arn.rsplit(':').next().unwrap().to_owned();
            pages.push(
                versions
                    .iter()
                    .map(|v| end(v.function_arn.as_deref().unwrap()))
                    .collect::<Vec<_>>(),
            );
            input.marker = answer.next_marker;
            if input.marker.is_none() {
                break;
            }
        }
        let expected =
            [vec!["$LATEST", "1", "2", "3", "4"], vec!["5", "6", "7", "8", "9"], vec!["10", "11"]];
        assert_eq!(pages, expected);
    }
}
