//! What functions do in numbers, for Prometheus.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use engine::{Engine, Measures};
use gateway::{OpenRoute, Peer};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use serde::Deserialize;
use wire::{Body, Response};

const PATH: &str = "/_lambkin/metrics";
const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Serves the measures of all functions.
#[derive(Debug)]
pub(crate) struct MetricsRoute {
    pub(crate) engine: Arc<Engine>,
    pub(crate) readers: Readers,
}

/// Who may read the measures, which name functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Readers {
    /// Programs on this machine.
    Loopback,
    /// Whoever reaches the port.
    Anyone,
    /// Nobody.
    Nobody,
}

#[async_trait]
impl OpenRoute for MetricsRoute {
    fn covers(&self, path: &str) -> bool {
        path == PATH
    }

    async fn answer(&self, parts: &Parts) -> Response {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        if !peer.is_some_and(|peer| self.readers.include(peer)) {
            return plain(
                StatusCode::FORBIDDEN,
                "not for you; see `metrics` in the configuration\n",
            );
        }
        if parts.method != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
        }
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &registry(&self.engine.measures())) {
            tracing::error!(%error, "cannot write the metrics");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n");
        }
        let mut response = Response::new(Body::from(text));
        response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        response
    }
}

// === impl Readers ===

impl Readers {
    fn include(self, peer: IpAddr) -> bool {
        match self {
            Self::Loopback => peer.to_canonical().is_loopback(),
            Self::Anyone => true,
            Self::Nobody => false,
        }
    }
}

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;
type Fractions = Family<Labels, Gauge<f64, std::sync::atomic::AtomicU64>>;

/// The families, which are named after CloudWatch's metrics.
#[derive(Debug, Default)]
struct Families {
    invocations: Counters,
    errors: Counters,
    throttles: Counters,
    provisioned_invocations: Counters,
    spillover_invocations: Counters,
    concurrent: Gauges,
    unreserved: Gauges,
    provisioned: Gauges,
    utilization: Fractions,
}

/// Fills a registry: it lives for one answer, and the numbers are kept elsewhere.
fn registry(measures: &[Measures]) -> Registry {
    let families = Families::default();
    for one in measures {
        families.fill(one);
    }
    families.register()
}

// === impl Families ===

impl Families {
    fn fill(&self, one: &Measures) {
        let labels =
            || vec![("region", one.region.to_string()), ("function", one.name.to_string())];
        let count = |family: &Counters, count| {
            family.get_or_create(&labels()).inc_by(count);
        };
        count(&self.invocations, one.invocations);
        count(&self.errors, one.errors);
        for (reason, count) in &one.throttles {
            let mut labels = labels();
            labels.push(("reason", reason.as_str().to_owned()));
            self.throttles.get_or_create(&labels).inc_by(*count);
        }
        count(&self.provisioned_invocations, one.provisioned_concurrency_invocations);
        count(&self.spillover_invocations, one.provisioned_concurrency_spillover_invocations);
        let running = i64::from(one.concurrent_executions);
        self.concurrent.get_or_create(&labels()).set(running);
        if !one.is_reserved {
            let region = vec![("region", one.region.to_string())];
            self.unreserved.get_or_create(&region).inc_by(running);
        }
        for version in &one.versions {
            let mut labels = labels();
            labels.push(("version", version.number.0.to_string()));
            let running = version.concurrent_executions;
            self.provisioned.get_or_create(&labels).set(i64::from(running));
            let share = f64::from(running) / f64::from(version.allocated.max(1));
            self.utilization.get_or_create(&labels).set(share);
        }
    }

    fn register(self) -> Registry {
        let mut all = Registry::with_prefix("lambkin");
        let mut counters = |name, help: &str, family| all.register(name, help, family);
        counters("invocations", "How often code was run", self.invocations);
        counters("errors", "How often that came to an error", self.errors);
        counters("throttles", "How often an invocation was turned away", self.throttles);
        counters(
            "provisioned_concurrency_invocations",
            "How often code was run in provisioned concurrency",
            self.provisioned_invocations,
        );
        counters(
            "provisioned_concurrency_spillover_invocations",
            "How often on demand since provisioned concurrency was in use",
            self.spillover_invocations,
        );
        let mut gauges = |name, help: &str, family| all.register(name, help, family);
        gauges("concurrent_executions", "Invocations under way", self.concurrent);
        gauges(
            "unreserved_concurrent_executions",
            "Invocations under way of functions without a reservation",
            self.unreserved,
        );
        gauges(
            "provisioned_concurrent_executions",
            "Invocations under way in provisioned concurrency",
            self.provisioned,
        );
        all.register(
            "provisioned_concurrency_utilization",
            "The share of provisioned environments that are in use",
            self.utilization,
        );
        all
    }
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use engine::{ProvisionedMeasures, ThrottleReason};
    use model::names::VersionNumber;

    use super::*;

    #[test]
    fn numbers_are_written_as_prometheus_reads_them() {
        let one = Measures {
            region: "us-east-1".parse().unwrap(),
            name: "f".parse().unwrap(),
            invocations: 7,
            errors: 2,
            throttles: vec![(ThrottleReason::ConcurrentInvocationLimitExceeded, 3)],
            provisioned_concurrency_invocations: 4,
            provisioned_concurrency_spillover_invocations: 1,
            concurrent_executions: 2,
            is_reserved: false,
            versions: vec![ProvisionedMeasures {
                number: VersionNumber(1),
                concurrent_executions: 1,
                allocated: 2,
            }],
        };
        let mut text = String::new();
        encode(&mut text, &registry(&[one])).unwrap();
        let f = "region=\"us-east-1\",function=\"f\"";
        let throttled = format!("{f},reason=\"ConcurrentInvocationLimitExceeded\"");
        for line in [
            format!("lambkin_invocations_total{{{f}}} 7"),
            format!("lambkin_errors_total{{{f}}} 2"),
            format!("lambkin_throttles_total{{{throttled}}} 3"),
            format!("lambkin_provisioned_concurrency_invocations_total{{{f}}} 4"),
            format!("lambkin_provisioned_concurrency_spillover_invocations_total{{{f}}} 1"),
            format!("lambkin_concurrent_executions{{{f}}} 2"),
            "lambkin_unreserved_concurrent_executions{region=\"us-east-1\"} 2".to_owned(),
            format!("lambkin_provisioned_concurrent_executions{{{f},version=\"1\"}} 1"),
            format!("lambkin_provisioned_concurrency_utilization{{{f},version=\"1\"}} 0.5"),
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn functions_names_are_for_this_machine_unless_configured_otherwise() {
        let reads = |readers: Readers, peer: &str| readers.include(peer.parse().unwrap());
        for (peer, here) in
            [("127.0.0.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.0.2.1", false)]
        {
            assert_eq!(reads(Readers::Loopback, peer), here, "{peer}");
            assert!(reads(Readers::Anyone, peer) && !reads(Readers::Nobody, peer));
        }
    }
}
