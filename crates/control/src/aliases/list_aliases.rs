//! `ListAliases`.

use api::{
    Call, Handle, Operation,
    lambda::{ListAliases, ListAliasesRequest, ListAliasesResponse},
};
use model::{function::Alias, names::AliasName};
use wire::ApiError;

use super::{render, routing};
use crate::{Control, error::Refusal, paging};

impl Handle<ListAliases> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: ListAliasesRequest,
    ) -> Result<ListAliasesResponse, ApiError> {
        Ok(self.list_aliases(call, &input)?)
    }
}

// === impl Control: ListAliases ===

impl Control {
    fn list_aliases(
        &self,
        call: &Call,
        input: &ListAliasesRequest,
    ) -> Result<ListAliasesResponse, Refusal> {
        let arn = self.address_function(call, ListAliases::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        let after: Option<AliasName> = paging::last_name(input.marker.as_deref())?;
        let wanted = match &input.function_version {
            Some(version) => Some(routing::target(&arn, version)?),
            None => None,
        };
        let is_wanted = |alias: &Alias| wanted.is_none_or(|target| alias.target == target);
        let rows = self.parts.functions.aliases(&function, after.as_ref(), usize::MAX);
        let aliases = rows.iter().map(|row| &row.0).filter(|alias| is_wanted(alias));
        let size = paging::page_size(input.max_items, self.parts.limits.page_size);
        let (page, next_marker) = paging::page(aliases, size, |alias| alias.name.to_string());
        let aliases = Some(page.into_iter().map(|alias| render(&arn, alias)).collect());
        Ok(ListAliasesResponse { next_marker, aliases })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call};

    fn names(fixture: &Fixture, version: Option<&str>, size: i32) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut input = ListAliasesRequest {
            function_name: "f".to_owned(),
            function_version: version.map(str::to_owned),
            marker: None,
            max_items: Some(size),
        };
        loop {
            let answer = fixture.control.list_aliases(&call(), &input).unwrap();
            let aliases = answer.aliases.unwrap();
            pages.push(aliases.into_iter().map(|alias| alias.name.unwrap()).collect());
            input.marker = answer.next_marker;
            if input.marker.is_none() {
                return pages;
            }
        }
    }

    #[tokio::test]
    async fn aliases_come_by_name_in_pages_and_can_be_those_of_a_version() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        for (name, version) in [("c", "1"), ("a", "$LATEST"), ("b", "1")] {
            fixture.alias("f", name, version).await;
        }
        assert_eq!(names(&fixture, None, 2), [vec!["a", "b"], vec!["c"]]);
        assert_eq!(names(&fixture, Some("1"), 1), [["b"], ["c"]]);
        assert_eq!(names(&fixture, Some("$LATEST"), 9), [["a"]]);
        assert_eq!(names(&fixture, Some("7"), 9), [Vec::<String>::new()]);
    }
}
