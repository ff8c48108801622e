//! The services that are generated and, for each, the resources that its operations work on.

/// One service to generate.
#[derive(Debug)]
pub(super) struct Service {
    /// Its folder in botocore and its module in `api`.
    pub(super) name: &'static str,
    /// The version of its API.
    pub(super) version: &'static str,
    /// The sum trait of its operations.
    pub(super) trait_name: &'static str,
    /// The code of a broken constraint.
    pub(super) validation_code: &'static str,
    /// Whether `api` has an `errors` module of its own around the generated one, for errors that the model lacks.
    pub(super) has_more_errors: bool,
    /// Its operations by resource; each resource is a file.
    pub(super) resources: &'static [(&'static str, &'static [&'static str])],
}

/// The services, in the order in which they are written.
pub(super) const SERVICES: &[Service] = &[
    Service {
        name: "lambda",
        version: "2015-03-31",
        trait_name: "Lambda",
        validation_code: "ValidationException",
        has_more_errors: true,
        resources: LAMBDA,
    },
    Service {
        name: "logs",
        version: "2014-03-28",
        trait_name: "Logs",
        validation_code: "InvalidParameterException",
        has_more_errors: false,
        resources: &[
            (
                "log_groups",
                &[
                    "CreateLogGroup",
                    "DeleteLogGroup",
                    "DescribeLogGroups",
                    "PutRetentionPolicy",
                    "DeleteRetentionPolicy",
                ],
            ),
            ("log_streams", &["CreateLogStream", "DeleteLogStream", "DescribeLogStreams"]),
            ("log_events", &["PutLogEvents", "GetLogEvents", "FilterLogEvents"]),
            ("tags", &["TagResource", "UntagResource", "ListTagsForResource"]),
        ],
    },
    Service {
        name: "sts",
        version: "2011-06-15",
        trait_name: "Sts",
        validation_code: "ValidationError",
        has_more_errors: false,
        resources: &[
            ("identity", &["GetCallerIdentity", "GetAccessKeyInfo"]),
            ("sessions", &["AssumeRole", "GetSessionToken"]),
        ],
    },
    Service {
        name: "iam",
        version: "2010-05-08",
        trait_name: "Iam",
        validation_code: "ValidationError",
        has_more_errors: false,
        resources: IAM,
    },
    Service {
        name: "signer",
        version: "2017-08-25",
        trait_name: "Signer",
        validation_code: "ValidationException",
        has_more_errors: false,
        resources: &[
            (
                "profiles",
                &[
                    "PutSigningProfile",
                    "GetSigningProfile",
                    "ListSigningProfiles",
                    "CancelSigningProfile",
                ],
            ),
            ("revocations", &["RevokeSigningProfile", "RevokeSignature", "GetRevocationStatus"]),
        ],
    },
    Service {
        name: "kms",
        version: "2014-11-01",
        trait_name: "Kms",
        validation_code: "ValidationException",
        has_more_errors: false,
        resources: &[
            (
                "keys",
                &[
                    "CreateKey",
                    "DescribeKey",
                    "ListKeys",
                    "UpdateKeyDescription",
                    "EnableKey",
                    "DisableKey",
                    "ScheduleKeyDeletion",
                    "CancelKeyDeletion",
                ],
            ),
            ("aliases", &["CreateAlias", "UpdateAlias", "DeleteAlias", "ListAliases"]),
            (
                "cryptography",
                &[
                    "Encrypt",
                    "Decrypt",
                    "ReEncrypt",
                    "GenerateDataKey",
                    "GenerateDataKeyWithoutPlaintext",
                    "GenerateRandom",
                ],
            ),
            ("key_policies", &["GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies"]),
            (
                "grants",
                &["CreateGrant", "ListGrants", "ListRetirableGrants", "RevokeGrant", "RetireGrant"],
            ),
            (
                "rotation",
                &[
                    "GetKeyRotationStatus",
                    "EnableKeyRotation",
                    "DisableKeyRotation",
                    "RotateKeyOnDemand",
                    "ListKeyRotations",
                ],
            ),
            ("tags", &["TagResource", "UntagResource", "ListResourceTags"]),
        ],
    },
];

const IAM: &[(&str, &[&str])] = &[
    (
        "users",
        &[
            "CreateUser",
            "GetUser",
            "ListUsers",
            "UpdateUser",
            "DeleteUser",
            "TagUser",
            "UntagUser",
            "ListUserTags",
            "PutUserPermissionsBoundary",
            "DeleteUserPermissionsBoundary",
        ],
    ),
    (
        "access_keys",
        &[
            "CreateAccessKey",
            "ListAccessKeys",
            "UpdateAccessKey",
            "DeleteAccessKey",
            "GetAccessKeyLastUsed",
        ],
    ),
    (
        "user_policies",
        &[
            "PutUserPolicy",
            "GetUserPolicy",
            "ListUserPolicies",
            "DeleteUserPolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "ListAttachedUserPolicies",
        ],
    ),
    (
        "roles",
        &[
            "CreateRole",
            "GetRole",
            "ListRoles",
            "UpdateRole",
            "UpdateRoleDescription",
            "UpdateAssumeRolePolicy",
            "DeleteRole",
            "TagRole",
            "UntagRole",
            "ListRoleTags",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
        ],
    ),
    (
        "role_policies",
        &[
            "PutRolePolicy",
            "GetRolePolicy",
            "ListRolePolicies",
            "DeleteRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "ListAttachedRolePolicies",
        ],
    ),
    (
        "policies",
        &[
            "CreatePolicy",
            "GetPolicy",
            "ListPolicies",
            "DeletePolicy",
            "CreatePolicyVersion",
            "GetPolicyVersion",
            "ListPolicyVersions",
            "SetDefaultPolicyVersion",
            "DeletePolicyVersion",
            "ListEntitiesForPolicy",
            "TagPolicy",
            "UntagPolicy",
            "ListPolicyTags",
        ],
    ),
    ("memberships", &["ListGroupsForUser", "ListInstanceProfilesForRole"]),
];

const LAMBDA: &[(&str, &[&str])] = &[
    (
        "functions",
        &[
            "CreateFunction",
            "GetFunction",
            "GetFunctionConfiguration",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "DeleteFunction",
            "ListFunctions",
        ],
    ),
    ("versions", &["PublishVersion", "ListVersionsByFunction"]),
    ("aliases", &["CreateAlias", "GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases"]),
    ("invocation", &["Invoke", "InvokeWithResponseStream", "InvokeAsync"]),
    (
        "layers",
        &[
            "PublishLayerVersion",
            "GetLayerVersion",
            "GetLayerVersionByArn",
            "DeleteLayerVersion",
            "ListLayers",
            "ListLayerVersions",
            "AddLayerVersionPermission",
            "GetLayerVersionPolicy",
            "RemoveLayerVersionPermission",
        ],
    ),
    (
        "event_source_mappings",
        &[
            "CreateEventSourceMapping",
            "GetEventSourceMapping",
            "UpdateEventSourceMapping",
            "DeleteEventSourceMapping",
            "ListEventSourceMappings",
        ],
    ),
    (
        "event_invoke_configs",
        &[
            "PutFunctionEventInvokeConfig",
            "UpdateFunctionEventInvokeConfig",
            "GetFunctionEventInvokeConfig",
            "DeleteFunctionEventInvokeConfig",
            "ListFunctionEventInvokeConfigs",
        ],
    ),
    (
        "concurrency",
        &[
            "PutFunctionConcurrency",
            "GetFunctionConcurrency",
            "DeleteFunctionConcurrency",
            "PutProvisionedConcurrencyConfig",
            "GetProvisionedConcurrencyConfig",
            "DeleteProvisionedConcurrencyConfig",
            "ListProvisionedConcurrencyConfigs",
        ],
    ),
    (
        "policies",
        &[
            "AddPermission",
            "RemovePermission",
            "GetPolicy",
            "PutResourcePolicy",
            "GetResourcePolicy",
            "DeleteResourcePolicy",
        ],
    ),
    (
        "function_urls",
        &[
            "CreateFunctionUrlConfig",
            "GetFunctionUrlConfig",
            "UpdateFunctionUrlConfig",
            "DeleteFunctionUrlConfig",
            "ListFunctionUrlConfigs",
        ],
    ),
    ("tags", &["TagResource", "UntagResource", "ListTags"]),
    ("account", &["GetAccountSettings"]),
    (
        "code_signing",
        &[
            "CreateCodeSigningConfig",
            "GetCodeSigningConfig",
            "UpdateCodeSigningConfig",
            "DeleteCodeSigningConfig",
            "ListCodeSigningConfigs",
            "ListFunctionsByCodeSigningConfig",
            "PutFunctionCodeSigningConfig",
            "GetFunctionCodeSigningConfig",
            "DeleteFunctionCodeSigningConfig",
        ],
    ),
    ("runtime_management", &["PutRuntimeManagementConfig", "GetRuntimeManagementConfig"]),
    ("recursion", &["PutFunctionRecursionConfig", "GetFunctionRecursionConfig"]),
    (
        "durable_executions",
        &[
            "GetDurableExecution",
            "GetDurableExecutionHistory",
            "GetDurableExecutionState",
            "CheckpointDurableExecution",
            "ListDurableExecutionsByFunction",
            "StopDurableExecution",
            "PauseDurableExecution",
            "ResumeDurableExecution",
            "DeleteDurableExecution",
            "SendDurableExecutionCallbackSuccess",
            "SendDurableExecutionCallbackFailure",
            "SendDurableExecutionCallbackHeartbeat",
        ],
    ),
    (
        "capacity_providers",
        &[
            "CreateCapacityProvider",
            "GetCapacityProvider",
            "UpdateCapacityProvider",
            "DeleteCapacityProvider",
            "ListCapacityProviders",
            "ListFunctionVersionsByCapacityProvider",
            "PutFunctionScalingConfig",
            "GetFunctionScalingConfig",
        ],
    ),
];
