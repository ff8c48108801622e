//! The key that AWS itself manages for Lambda: it is there without having been made, and its policy lets
//! nobody change it.

use sha2::{Digest, Sha256};

use crate::names::Here;

/// The alias of that key.
pub(crate) const ALIAS: &str = "alias/aws/lambda";
/// What AWS says that it is for.
pub(crate) const DESCRIPTION: &str =
    "Default key that protects my Lambda functions when no other key is defined";
/// Aliases that only AWS may make.
pub(crate) const RESERVED: &str = "alias/aws/";

/// Gives its id, which is the same at every start: whoever makes its record first, makes this one.
pub(crate) fn id(here: Here<'_>) -> String {
    let hash = Sha256::digest(here.alias_arn(ALIAS));
    let bytes: [u8; 16] = *hash.first_chunk().expect("a hash is longer");
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Writes its policy; the statements are those that AWS shows for such keys.
pub(crate) fn policy(here: Here<'_>) -> String {
    let Here { region, account } = here;
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-awslambda",
  "Statement" : [ {{
    "Sid" : "Allow access through AWS Lambda for all principals in the account that are authorized to use AWS Lambda",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "lambda.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#
    )
}
