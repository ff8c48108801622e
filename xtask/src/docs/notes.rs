//! What no list in the code tells: settings that are accepted, and do less than on AWS.
//!
//! Kept by hand. A change that makes a setting do what it does on AWS takes its note away.

/// A setting that does less than on AWS.
#[derive(Debug)]
pub(super) struct Note {
    /// The setting, as AWS writes it.
    pub(super) setting: &'static str,
    /// What it does here.
    pub(super) effect: &'static str,
}

/// Notes on the settings of the Lambda operations.
pub(super) const LAMBDA: &[Note] = &[
    Note {
        setting: "`Role`",
        effect: "If IAM has the role, its trust policy has to let Lambda in, and its policies decide what the function's \
                 credentials may do. If it has not, or the role is another account's, the function may have it all the \
                 same, and the credentials may do nothing; with `unknown-roles = \"refuse\"` it is refused as on AWS.",
    },
    Note {
        setting: "`Architectures`",
        effect: "Only the architecture of the machine; another one is refused with `InvalidParameterValueException`.",
    },
    Note {
        setting: "`Runtime`",
        effect: "Only runtimes that the machine has; for another one the refusal says how to add it.",
    },
    Note {
        setting: "`PackageType: Image`",
        effect: "Checked, stored and shown; images are not fetched and cannot be run yet. The function becomes `Failed` with \
                 the code `InvalidConfiguration`, and so do its updates and versions; invocations answer 409. Unlike a failed \
                 function with an archive it can still be updated. Its code has to be deployed as a .zip file archive instead.",
    },
    Note {
        setting: "`ImageUri`",
        effect: "Of any registry that is named by its host (`localhost:5000/app:1`), as there is no ECR beside Lambkin; one of \
                 ECR has to be of the function's region. What a tag stands for is unknown, as nothing asks the registry: \
                 `ResolvedImageUri` and `CodeSha256` are there only if the URI has a digest.",
    },
    Note {
        setting: "`TracingConfig`",
        effect: "Stored and shown. Functions get the trace header of their invocation; no trace is recorded.",
    },
    Note {
        setting: "`LoggingConfig.LogFormat: JSON`",
        effect: "The runtime client is told and writes the function's own lines as JSON. The platform's lines (`START`, \
                 `END`, `REPORT`) stay text.",
    },
    Note {
        setting: "`LoggingConfig.ApplicationLogLevel`",
        effect: "Handed to the runtime client, which filters by it. Lambkin itself filters nothing.",
    },
    Note { setting: "`LoggingConfig.SystemLogLevel`", effect: "Stored and shown." },
    Note {
        setting: "`KMSKeyArn`",
        effect: "Of functions: a key of this server's own KMS, which can be missing, disabled, pending deletion or denied as \
                 on AWS. It is asked for also where there are no variables. Texts other than those for `CreateGrant` and \
                 for denied access are worded after them. What an earlier release sealed under a name that no key has \
                 stays readable until the variables are set anew. `EventSourceMapping`'s is stored and shown.",
    },
    Note {
        setting: "`SourceKMSKeyArn`",
        effect: "Stored and shown. Packages are encrypted under the master key.",
    },
    Note {
        setting: "State `Inactive`",
        effect: "A function in a VPC, or a version of it, becomes inactive when it was not invoked for `inactive-after`, and gives \
                 its environments and its unpacked code back. A function with provisioned concurrency does not, and nor does \
                 one that only has snapshots, of which there are none yet. A restart of the server counts as an invocation. \
                 While an update makes it active again, the state shown is still `Inactive`. `InvocationType: Event` is \
                 accepted meanwhile; a function URL answers 502 until the function is active.",
    },
    Note {
        setting: "`InvokeWithResponseStream`",
        effect: "Bytes flow as fast as the client takes them: AWS's limit of 2 MB per second after the first 6 MB is not \
                 applied. `ErrorCode` of an error midway is the type that the function, or the platform, named.",
    },
    Note {
        setting: "`ListFunctions`: `MasterRegion`",
        effect: "Ignored: there are no functions of Lambda@Edge.",
    },
    Note {
        setting: "`GetAccountSettings`",
        effect: "The limits are those of the configuration file.",
    },
    Note {
        setting: "Concurrency",
        effect: "The limits hold for each region and on each machine. An invocation that finds its limit reached while a \
                 function has answered and is about to be free waits for that a moment (`settle-grace`) before it is \
                 answered with 429. AWS's ten requests per second for each unit of concurrency count for a function as a \
                 whole, whether invocations wait for their answer or not.",
    },
    Note {
        setting: "`InvocationType: Event`, `InvokeAsync`",
        effect: "Kept on disk and tried as AWS does. Events that are given up are told in the server's log: there are no \
                 destinations and dead-letter queues yet.",
    },
    Note {
        setting: "`PutProvisionedConcurrencyConfig`",
        effect: "Environments belong to the version, and serve whoever invokes it, by number or by alias. A failed init is \
                 tried again by and by (`provisioned-retry`). The limit of requests per second is that of the function.",
    },
    Note {
        setting: "Event invoke configs",
        effect: "`MaximumRetryAttempts` and `MaximumEventAgeInSeconds` rule. Destinations are checked, stored and shown, \
                 and nothing is sent to them; whether the execution role may reach them is not checked.",
    },
    Note {
        setting: "Resource policies",
        effect: "Kept exactly, and weighed together with the policies of the caller. Other accounts and services have no callers here yet.",
    },
    Note {
        setting: "`DeadLetterConfig`, `VpcConfig`, `FileSystemConfigs`",
        effect: "Checked against each other, stored and shown. Nothing is sent to the target, functions are in no VPC \
                 (`VpcId` is empty), and no file system is mounted.",
    },
    Note {
        setting: "`S3Bucket`, `S3Key`, `S3ObjectVersion`",
        effect: "Of the buckets of this server, or of another S3 that the configuration names. The caller needs \
                 `s3:GetObject` here in either case.",
    },
    Note { setting: "Layers", effect: "Only layers of the account's own can be used." },
    Note {
        setting: "Event source mappings",
        effect: "Checked, stored and shown with their states. Nothing is polled yet, so whether the source exists, and \
                 whether the execution role may read it, is not checked.",
    },
    Note {
        setting: "Function URLs",
        effect: "Answer at `http://<id>.lambda-url.<region>.<the endpoint's host>`, by the `Host` header; `function-urls.base-url` \
                 sets another address. There is no TLS, so events have no `x-amzn-tls-…` headers and say `http`. \
                 `lambda:InvokeFunctionUrl` alone lets a caller in, unless `function-urls.needs-invoke-permission` asks for \
                 `lambda:InvokeFunction` as well, as AWS does of URLs made since October 2025.",
    },
    Note {
        setting: "Function URLs: `Cors`",
        effect: "A preflight request is answered without running the function.",
    },
    Note {
        setting: "Function URLs: `InvokeMode: RESPONSE_STREAM`",
        effect: "As for `InvokeWithResponseStream`; what a function does not stream is understood as for `BUFFERED`.",
    },
    Note {
        setting: "`SnapStart`",
        effect: "Checked, stored and shown. Nothing is snapshot yet: published versions start as others do.",
    },
    Note {
        setting: "Code signing configurations",
        effect: "Enforced, for packages signed by `lambkin sign` or by AWS Signer. What a warning is about is told in the \
                 server's log; there is no metric yet.",
    },
    Note {
        setting: "`PutFunctionRecursionConfig`, `PutRuntimeManagementConfig`",
        effect: "Stored and shown. A machine has one version of each runtime, the only one that `Manual` takes.",
    },
];

/// Notes on the settings of CloudWatch Logs.
pub(super) const LOGS: &[Note] = &[
    Note {
        setting: "`CreateLogGroup`: `kmsKeyId`, `deletionProtectionEnabled`, class `DELIVERY`",
        effect: "Refused with `InvalidParameterException`.",
    },
    Note {
        setting: "`CreateLogGroup`: `logGroupClass`",
        effect: "`STANDARD` and `INFREQUENT_ACCESS` are stored, shown and searched for, and are otherwise the same.",
    },
    Note {
        setting: "`CreateLogGroup`: `tags`",
        effect: "Stored and shown; they have no part in decisions.",
    },
    Note {
        setting: "`DescribeLogGroups`: `includeLinkedAccounts`",
        effect: "Ignored: there is one account.",
    },
    Note {
        setting: "`PutLogEvents`: `sequenceToken`, `entity`",
        effect: "Ignored. AWS ignores sequence tokens as well.",
    },
    Note {
        setting: "`GetLogEvents`, `FilterLogEvents`: `unmask`",
        effect: "Ignored: nothing is masked.",
    },
    Note {
        setting: "`FilterLogEvents`: `interleaved`",
        effect: "Ignored, as on AWS: events of all streams always come in order of their times.",
    },
];

/// Notes on S3.
pub(super) const S3: &[Note] = &[
    Note {
        setting: "Addresses",
        effect: "`http://HOST:PORT/BUCKET/KEY`, and by name `BUCKET.localhost` and `BUCKET.s3.REGION.localhost`. There are \
                 no access points, websites or accelerated endpoints.",
    },
    Note {
        setting: "Regions",
        effect: "A bucket has one and shows it; requests signed for any region reach it, without a redirection. Code for \
                 Lambda has to be in the function's own region.",
    },
    Note {
        setting: "Signatures",
        effect: "Version 4 only, as in all regions since 2014; whole, in chunks, unsigned, and in links. Requests without one \
                 are refused: there is no public access, whatever a policy says.",
    },
    Note {
        setting: "ACLs, object ownership",
        effect: "Off, as for new buckets on AWS: any ACL but `private` and `bucket-owner-full-control` is refused.",
    },
    Note {
        setting: "Encryption",
        effect: "Everything is encrypted with the server's own keys. `aws:kms` and the bucket's encryption configuration are \
                 stored and shown. Keys of the customer's (SSE-C) are refused.",
    },
    Note { setting: "Public access block", effect: "Stored and shown." },
    Note {
        setting: "`x-amz-storage-class`, `x-amz-website-redirect-location`",
        effect: "Stored and shown.",
    },
    Note { setting: "Object lock, MFA delete", effect: "Refused with `NotImplemented`." },
    Note {
        setting: "`CopyObject`",
        effect: "Shares the content with its source, and keeps its entity tag and checksum also where the source came in \
                 parts.",
    },
    Note {
        setting: "`ListMultipartUploads`: `delimiter`",
        effect: "Refused with `NotImplemented`.",
    },
    Note {
        setting: "`GetObjectAttributes`: `ObjectParts`",
        effect: "The number of parts, without a list of them.",
    },
    Note {
        setting: "Space",
        effect: "Of deleted and overwritten objects is given back after half an hour or more.",
    },
    Note {
        setting: "Condition keys",
        effect: "`s3:prefix`, `s3:delimiter`, `s3:max-keys`, `s3:VersionId` and those that every request has.",
    },
];

/// Notes on STS.
pub(super) const STS: &[Note] = &[
    Note {
        setting: "`AssumeRole`",
        effect: "The owner of the account may take on a role whose trust policy names the account; AWS refuses the owner.",
    },
    Note {
        setting: "`AssumeRole`, `GetSessionToken`: `SerialNumber`, `TokenCode`",
        effect: "Ignored: there are no multi-factor devices.",
    },
    Note {
        setting: "Revoking a single session",
        effect: "Not possible; delete its user or role, or deny by policy.",
    },
];

/// Notes on IAM.
pub(super) const IAM: &[Note] = &[
    Note {
        setting: "Policies of AWS",
        effect: "Those that Lambda's users attach, in version `v1`; `ListPolicies` with `Scope=AWS` lists them.",
    },
    Note {
        setting: "Groups, instance profiles",
        effect: "There are none: `ListGroupsForUser` and `ListInstanceProfilesForRole` answer empty lists.",
    },
    Note {
        setting: "`GetAccessKeyLastUsed`, `RoleLastUsed`",
        effect: "Kept since the server started.",
    },
    Note {
        setting: "Condition key `aws:SourceIp`",
        effect: "The address that the connection comes from; of a proxy in front, the proxy's.",
    },
    Note {
        setting: "Conditions on identity providers",
        effect: "Federated principals are stored and are nobody.",
    },
];

/// Notes on KMS.
pub(super) const KMS: &[Note] = &[
    Note {
        setting: "`CreateKey`",
        effect: "Keys of spec `SYMMETRIC_DEFAULT` for `ENCRYPT_DECRYPT` with material of this server's. Other specs, usages \
                 and origins, custom key stores and multi-Region keys answer `UnsupportedOperationException`.",
    },
    Note {
        setting: "Ciphertexts",
        effect: "In a form of their own: what AWS's KMS has encrypted opens there only.",
    },
    Note {
        setting: "Key policies",
        effect: "Decide like on AWS for users and roles. The owner of the account may do everything, whatever they say; \
                 principals need not exist. `BypassPolicyLockoutSafetyCheck` is heeded.",
    },
    Note {
        setting: "`CreateGrant`",
        effect: "In force at once, so grant tokens are accepted and not needed. Grantees are users, roles and sessions of \
                 this account; grants to services and `SourceArn` answer `UnsupportedOperationException`. A grant with \
                 constraints cannot be passed on.",
    },
    Note {
        setting: "Rotation",
        effect: "Real: a key gets new material every `RotationPeriodInDays` or on demand, and decrypts with all it ever had.",
    },
    Note {
        setting: "AWS managed keys",
        effect: "`alias/aws/lambda` alone. Functions without a key of their own use the master key, not this one.",
    },
    Note {
        setting: "`Recipient`, `CustomKeyStoreId`",
        effect: "Refused with `UnsupportedOperationException`.",
    },
];

/// Notes on AWS Signer.
pub(super) const SIGNER: &[Note] = &[
    Note {
        setting: "`PutSigningProfile`",
        effect: "Platform `AWSLambda-SHA384-ECDSA` alone. The signing parameter `certificate` names the certificate of \
                 `lambkin sign` that may sign for this version, by its SHA-256.",
    },
    Note {
        setting: "Signing jobs",
        effect: "Packages are signed by `lambkin sign`, on any machine. `RevokeSignature` takes the id of any job.",
    },
    Note {
        setting: "`RevokeSigningProfile`",
        effect: "Of the profile's latest version or an earlier one; `PutSigningProfile` then makes the next version.",
    },
];
