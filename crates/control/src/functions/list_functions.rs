//! `ListFunctions`.

use api::{
    Call, Handle,
    lambda::{ListFunctions, ListFunctionsRequest, ListFunctionsResponse},
};
use model::{
    function::{Function, Version},
    names::{FunctionName, Qualifier, Region, VersionNumber},
};
use wire::ApiError;

use crate::{Control, control::region, error::Refusal, paging};

impl Handle<ListFunctions> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListFunctionsRequest,
    ) -> Result<ListFunctionsResponse, ApiError> {
        Ok(self.list_functions(call, &input)?)
    }
}

/// The last entry of the page before, in either kind of list.
struct Last {
    name: FunctionName,
    number: Option<VersionNumber>,
}

// === impl Control: ListFunctions ===

impl Control {
    fn list_functions(
        &self,
        call: &Call,
        input: &ListFunctionsRequest,
    ) -> Result<ListFunctionsResponse, Refusal> {
        let region = region(call)?;
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let last = Last::read(input.marker.as_deref())?;
        let all_versions = input.function_version.is_some();
        // One more than the page holds tells whether there is another page.
        let mut entries = if all_versions {
            self.with_versions(&region, last, size + 1)
        } else {
            let functions = self.live(&region, last.map(|last| last.name).as_ref(), size + 1);
            functions.into_iter().map(|f| (f.latest.clone(), f)).collect()
        };
        let has_more = entries.len() > size;
        entries.truncate(size);
        let next_marker = entries.last().filter(|_| has_more).map(|(version, function)| {
            paging::marker(&format!("{}:{}", function.name, version.qualifier()))
        });
        let render = |(version, function): &(Version, Function)| {
            let arn = self.arn(function);
            let arn = if all_versions { arn.qualified(version.qualifier()) } else { arn };
            self.render_listed(call, &arn, version)
        };
        let functions = Some(entries.iter().map(render).collect());
        Ok(ListFunctionsResponse { next_marker, functions })
    }

    fn live(&self, region: &Region, after: Option<&FunctionName>, limit: usize) -> Vec<Function> {
        let rows = self.parts.functions.list(region, after, limit);
        rows.iter().filter_map(|row| row.live().cloned()).collect()
    }

    /// Lists functions by name, each as `$LATEST` and then its versions in ascending order.
    fn with_versions(
        &self,
        region: &Region,
        last: Option<Last>,
        limit: usize,
    ) -> Vec<(Version, Function)> {
        let mut entries = Vec::new();
        let add_versions = |function: &Function, after| {
            let rows = self.parts.functions.versions(function, after, limit);
            rows.iter().map(|row| (row.0.clone(), function.clone())).collect::<Vec<_>>()
        };
        if let Some(last) = &last
            && let Some(row) = self.parts.functions.get(region, &last.name)
            && let Some(function) = row.live()
        {
            entries.extend(add_versions(function, last.number));
        }
        let after = last.map(|last| last.name);
        for function in self.live(region, after.as_ref(), limit) {
            if entries.len() >= limit {
                break;
            }
            entries.push((function.latest.clone(), function.clone()));
            entries.extend(add_versions(&function, None));
        }
        entries.truncate(limit);
        entries
    }
}

impl Last {
    fn read(marker: Option<&str>) -> Result<Option<Self>, Refusal> {
        let Some(text) = paging::after(marker)? else { return Ok(None) };
        let read = || {
            let (name, qualifier) = text.split_once(':')?;
            let number = match qualifier.parse().ok()? {
                Qualifier::Latest => None,
                Qualifier::Version(number) => Some(number),
                Qualifier::Alias(_) => return None,
            };
            Some(Self { name: name.parse().ok()?, number })
        };
        read().map(Some).ok_or_else(|| paging::bad_marker(marker.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, text};

    /// Reads all pages of two entries each, and gives the end of each ARN.
    fn pages(fixture: &Fixture, function_version: Option<&str>) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut marker = None;
        loop {
            let input = ListFunctionsRequest {
                function_version: function_version.map(str::to_owned),
                marker,
                max_items: Some(2),
                ..ListFunctionsRequest::default()
            };
            let answer = fixture.control.list_functions(&call(), &input).unwrap();
            let end = |arn: String| arn.split(":function:").last().unwrap().to_owned();
            let functions = answer.functions.unwrap();
            pages.push(functions.into_iter().map(|f| end(f.function_arn.unwrap())).collect());
            marker = answer.next_marker;
            if marker.is_none() {
                return pages;
            }
        }
    }

    #[tokio::test]
    async fn functions_come_by_name_in_pages() {
        let fixture = Fixture::new().await;
        assert_eq!(pages(&fixture, None), [Vec::<String>::new()]);
        for name in ["c", "a", "b"] {
            fixture.create_active(name).await;
        }
        assert_eq!(pages(&fixture, None), [vec!["a", "b"], vec!["c"]]);
        fixture.create_active("d").await;
        assert_eq!(pages(&fixture, None), [vec!["a", "b"], vec!["c", "d"]]);
    }

    #[tokio::test]
    async fn all_versions_follow_latest_in_ascending_order() {
        let fixture = Fixture::new().await;
        for name in ["a", "b"] {
            fixture.create_active(name).await;
        }
        for _ in 0..2 {
            fixture.touch("a").await;
            fixture.publish("a").await;
        }
        let expected = [vec!["a:$LATEST", "a:1"], vec!["a:2", "b:$LATEST"]];
        assert_eq!(pages(&fixture, Some("ALL")), expected);
    }

    #[tokio::test]
    async fn lists_show_no_state() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let input = ListFunctionsRequest::default();
        let answer = fixture.control.list_functions(&call(), &input).unwrap();
        let listed = answer.functions.unwrap().remove(0);
        assert_eq!(listed.version.as_deref(), Some("$LATEST"));
        assert_eq!((listed.state, listed.last_update_status), (None, None));
        assert_eq!(listed.runtime_version_config, None);
    }

    #[tokio::test]
    async fn a_foreign_marker_is_refused() {
        let fixture = Fixture::new().await;
        let marker = Some("x".to_owned());
        let input = ListFunctionsRequest { marker, ..ListFunctionsRequest::default() };
        assert_eq!(text(fixture.control.list_functions(&call(), &input)), "Invalid Marker: x");
    }
}
