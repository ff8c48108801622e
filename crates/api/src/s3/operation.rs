//! The operations, and what of a request tells them apart.

use http::Method;

/// What a request is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Service,
    Bucket,
    Object,
}

/// Defines the operations: by resource, with method, level and the query key that selects each.
macro_rules! operations {
    ($($resource:ident { $($name:ident = $method:ident $level:ident $key:literal,)+ })+) => {
        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(
                #[doc = concat!("`", stringify!($name), "`")]
                $name,
            )+)+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];

            /// Returns the AWS name.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)+)+ }
            }

            fn place(self) -> (Method, Level, &'static str) {
                match self { $($(Self::$name => (Method::$method, Level::$level, $key),)+)+ }
            }
        }
    };
}

operations! {
    buckets {
        ListBuckets = GET Service "",
        CreateBucket = PUT Bucket "",
        HeadBucket = HEAD Bucket "",
        DeleteBucket = DELETE Bucket "",
        GetBucketLocation = GET Bucket "location",
    }
    bucket_settings {
        GetBucketVersioning = GET Bucket "versioning",
        PutBucketVersioning = PUT Bucket "versioning",
        GetBucketEncryption = GET Bucket "encryption",
        PutBucketEncryption = PUT Bucket "encryption",
        DeleteBucketEncryption = DELETE Bucket "encryption",
        GetBucketTagging = GET Bucket "tagging",
        PutBucketTagging = PUT Bucket "tagging",
        DeleteBucketTagging = DELETE Bucket "tagging",
        GetBucketPolicy = GET Bucket "policy",
        PutBucketPolicy = PUT Bucket "policy",
        DeleteBucketPolicy = DELETE Bucket "policy",
        GetPublicAccessBlock = GET Bucket "publicAccessBlock",
        PutPublicAccessBlock = PUT Bucket "publicAccessBlock",
        DeletePublicAccessBlock = DELETE Bucket "publicAccessBlock",
    }
    listings {
        ListObjects = GET Bucket "",
        ListObjectsV2 = GET Bucket "list-type",
        ListObjectVersions = GET Bucket "versions",
    }
    objects {
        PutObject = PUT Object "",
        CopyObject = PUT Object "x-amz-copy-source",
        GetObject = GET Object "",
        HeadObject = HEAD Object "",
        GetObjectAttributes = GET Object "attributes",
        DeleteObject = DELETE Object "",
        DeleteObjects = POST Bucket "delete",
        GetObjectTagging = GET Object "tagging",
        PutObjectTagging = PUT Object "tagging",
        DeleteObjectTagging = DELETE Object "tagging",
    }
    multipart_uploads {
        CreateMultipartUpload = POST Object "uploads",
        UploadPart = PUT Object "uploadId",
        UploadPartCopy = PUT Object "uploadId+x-amz-copy-source",
        CompleteMultipartUpload = POST Object "uploadId",
        AbortMultipartUpload = DELETE Object "uploadId",
        ListParts = GET Object "uploadId",
        ListMultipartUploads = GET Bucket "uploads",
    }
}

impl Operation {
    /// Finds the operation of a method and a level that a key selects.
    pub(super) fn find(method: &Method, level: Level, key: &str) -> Option<Self> {
        let place = (method.clone(), level, key);
        Self::ALL.iter().copied().find(|operation| operation.place() == place)
    }
}
