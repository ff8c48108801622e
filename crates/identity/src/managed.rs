//! The managed policies of AWS that Lambda's users attach.

mod documents;

use documents as document;

/// The account in the ARNs of AWS's own policies.
const AWS_ACCOUNT: &str = "aws";

/// When AWS's policies were created, in milliseconds since the epoch: there is one date for all.
pub const AWS_MANAGED_CREATED_MS: i64 = 1_423_180_800_000;

/// A managed policy of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwsManaged {
    /// The name.
    pub name: &'static str,
    /// The path, `/` or `/…/`.
    pub path: &'static str,
    /// The unique id.
    pub id: &'static str,
    /// The document.
    pub document: &'static str,
}

const fn policy(
    path: &'static str,
    name: &'static str,
    id: &'static str,
    document: &'static str,
) -> AwsManaged {
    AwsManaged { name, path, id, document }
}

const SERVICE: &str = "/service-role/";

/// All of them, in the order of their names.
pub const AWS_MANAGED: &[AwsManaged] = &[
    policy("/", "AWSLambda_FullAccess", "ANPAZKAPJZG4ONGCBMEQW", document::LAMBDA_FULL_ACCESS),
    policy("/", "AWSLambda_ReadOnlyAccess", "ANPAZKAPJZG4HVBQD2KQF", document::LAMBDA_READ_ONLY),
    policy(SERVICE, "AWSLambdaBasicExecutionRole", "ANPAJNCQGXC42545SKXIK", document::BASIC),
    policy(SERVICE, "AWSLambdaDynamoDBExecutionRole", "ANPAIP7WNAGMIPYNW4WQG", document::DYNAMODB),
    policy(SERVICE, "AWSLambdaKinesisExecutionRole", "ANPAJHOLKJPXV4GBRMJUQ", document::KINESIS),
    policy(SERVICE, "AWSLambdaMSKExecutionRole", "ANPAZKAPJZG4OE3P4R2XC", document::MSK),
    policy(SERVICE, "AWSLambdaRole", "ANPAJX4DPCRGTC4NFDUXI", document::INVOKE),
    policy(SERVICE, "AWSLambdaSQSQueueExecutionRole", "ANPAJFWJZI6JNND4TSELK", document::SQS),
    policy(SERVICE, "AWSLambdaVPCAccessExecutionRole", "ANPAJVTME3YLVNL72YR2K", document::VPC),
    policy("/", "AWSXRayDaemonWriteAccess", "ANPAIOE47HSUE5AVBNEDM", document::XRAY),
    policy("/", "AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", document::ADMINISTRATOR),
    policy("/", "AmazonDynamoDBFullAccess", "ANPAINUGF2JSOSUY76KYA", document::DYNAMODB_FULL),
    policy("/", "AmazonDynamoDBReadOnlyAccess", "ANPAIY2XFNA232XJ6J7X2", document::DYNAMODB_READ),
    policy("/", "AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", document::S3_FULL),
    policy("/", "AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M", document::S3_READ),
    policy("/", "AmazonSNSFullAccess", "ANPAJWEKLCXXUNT2SOLSG", document::SNS_FULL),
    policy("/", "AmazonSQSFullAccess", "ANPAI65L554VRJ33ECQS6", document::SQS_FULL),
    policy(
        "/",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
        "ANPAZKAPJZG4BPDCXFMVH",
        document::INSIGHTS,
    ),
    policy("/", "CloudWatchLogsFullAccess", "ANPAJ3ZGNWK2R5HW5BQFO", document::LOGS_FULL),
    policy("/", "IAMFullAccess", "ANPAI7XKCFMBPM3QQRRVQ", document::IAM_FULL),
    policy("/", "PowerUserAccess", "ANPAJYRXTHIB4FOVS3ZXS", document::POWER_USER),
    policy("/", "ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", document::READ_ONLY),
];

// === impl AwsManaged ===

impl AwsManaged {
    /// Gives the ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{AWS_ACCOUNT}:policy{}{}", self.path, self.name)
    }
}

/// Finds one by its ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsManaged> {
    let rest = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    AWS_MANAGED.iter().find(|policy| rest.strip_prefix(policy.path) == Some(policy.name))
}

#[cfg(test)]
mod tests {
    use policy::{Document, Kind};

    use super::*;

    #[test]
    fn every_document_is_a_policy_and_every_arn_finds_it() {
        for policy in AWS_MANAGED {
            Document::parse(policy.document, Kind::Identity).unwrap();
            assert_eq!(find(&policy.arn()), Some(policy), "{}", policy.name);
        }
        assert_eq!(find("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"), None);
    }
}
