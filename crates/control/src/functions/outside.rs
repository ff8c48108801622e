//! `DeadLetterConfig`, `VpcConfig`, `FileSystemConfigs` and keys: read, checked against each other,
//! shown.

use api::lambda::{
    DeadLetterConfig, FileSystemConfig, FunctionConfiguration, VpcConfig, VpcConfigResponse, errors,
};
use model::{
    function::{FileSystem, Outside, Vpc},
    names::Region,
};

use crate::error::Refusal;

/// What a request names; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) dead_letters: Option<DeadLetterConfig>,
    pub(super) vpc: Option<VpcConfig>,
    pub(super) file_systems: Option<Vec<FileSystemConfig>>,
    pub(super) kms_key: Option<String>,
}

/// Why such settings are refused; AWS's words where they are known.
#[derive(Debug, thiserror::Error)]
enum OutsideRefusal {
    #[error("The dead-letter target must be an SQS standard queue or an SNS standard topic: {0}")]
    DeadLetters(String),
    #[error("The dead-letter target must be in the region of the function, {region}: {target}")]
    DeadLettersElsewhere { region: Region, target: String },
    #[error("SubnetIds and SecurityGroupIds must both be set or both be empty.")]
    HalfVpc,
    #[error("Function must be configured to execute in a VPC to reference access point {0}.")]
    NoVpc(String),
    #[error("Function VPC configuration cannot be removed with access point {0} referenced.")]
    VpcInUse(String),
    #[error("FileSystemConfigs.S3FilesConfig is not offered by Lambkin yet")]
    S3Files,
}

impl From<OutsideRefusal> for Refusal {
    fn from(refusal: OutsideRefusal) -> Self {
        Self::group(errors::invalid_parameter_value(refusal.to_string()))
    }
}

// === impl Wanted ===

impl Wanted {
    /// Refuses a dead-letter target of another region.
    pub(super) fn check_region(&self, here: &Region) -> Result<(), Refusal> {
        let target = self.dead_letters.as_ref().and_then(|config| config.target_arn.as_deref());
        match target.and_then(|arn| Some((arn, arn.split(':').nth(3)?))) {
            Some((target, region)) if region != here.as_str() => {
                let (region, target) = (here.clone(), target.to_owned());
                Err(OutsideRefusal::DeadLettersElsewhere { region, target }.into())
            }
            _ => Ok(()),
        }
    }

    /// Changes what is named, if the outcome fits together.
    pub(super) fn apply(&self, outside: &mut Outside) -> Result<(), Refusal> {
        let was_in_vpc = outside.is_in_vpc();
        if let Some(target) = self.dead_letters.as_ref().and_then(|c| c.target_arn.as_ref()) {
            outside.dead_letters = dead_letters(target)?;
        }
        if let Some(arn) = &self.kms_key {
            outside.kms_key = (!arn.is_empty()).then(|| arn.clone());
        }
        if let Some(wanted) = &self.vpc {
            merge(wanted, &mut outside.vpc)?;
        }
        if let Some(wanted) = &self.file_systems {
            outside.file_systems = wanted.iter().map(file_system).collect::<Result<_, _>>()?;
        }
        match outside.file_systems.first() {
            Some(system) if !outside.is_in_vpc() => {
                let arn = system.arn.clone();
                let kept = was_in_vpc && self.file_systems.is_none();
                let refusal =
                    if kept { OutsideRefusal::VpcInUse(arn) } else { OutsideRefusal::NoVpc(arn) };
                Err(refusal.into())
            }
            _ => Ok(()),
        }
    }
}

/// Adds these settings to an answer, as far as they were ever chosen.
pub(super) fn show(outside: &Outside, shown: FunctionConfiguration) -> FunctionConfiguration {
    let systems = &outside.file_systems;
    let target = outside.dead_letters.clone();
    FunctionConfiguration {
        kms_key_arn: outside.kms_key.clone(),
        dead_letter_config: target.map(|arn| DeadLetterConfig { target_arn: Some(arn) }),
        vpc_config: outside.vpc.as_ref().map(|vpc| VpcConfigResponse {
            subnet_ids: Some(vpc.subnets.clone()),
            security_group_ids: Some(vpc.security_groups.clone()),
            // There is no network that the id could be of.
            vpc_id: Some(String::new()),
            ipv6_allowed_for_dual_stack: Some(vpc.ipv6),
        }),
        file_system_configs: (!systems.is_empty()).then(|| {
            let show = |system: &FileSystem| FileSystemConfig {
                arn: system.arn.clone(),
                local_mount_path: system.path.clone(),
                s3_files_config: None,
            };
            systems.iter().map(show).collect()
        }),
        ..shown
    }
}

/// An empty ARN clears the setting.
fn dead_letters(target: &str) -> Result<Option<String>, OutsideRefusal> {
    if target.is_empty() {
        return Ok(None);
    }
    let served = matches!(target.split(':').nth(2), Some("sqs" | "sns"));
    if !served || target.rsplit_once('.').is_some_and(|(_, end)| end == "fifo") {
        return Err(OutsideRefusal::DeadLetters(target.to_owned()));
    }
    Ok(Some(target.to_owned()))
}

/// Empty lists give the network up; a function that never had one shows none.
fn merge(wanted: &VpcConfig, current: &mut Option<Vpc>) -> Result<(), OutsideRefusal> {
    let mut vpc = current.clone().unwrap_or_default();
    if let Some(subnets) = &wanted.subnet_ids {
        vpc.subnets.clone_from(subnets);
    }
    if let Some(groups) = &wanted.security_group_ids {
        vpc.security_groups.clone_from(groups);
    }
    if vpc.subnets.is_empty() != vpc.security_groups.is_empty() {
        return Err(OutsideRefusal::HalfVpc);
    }
    vpc.ipv6 = !vpc.subnets.is_empty() && wanted.ipv6_allowed_for_dual_stack.unwrap_or(vpc.ipv6);
    if current.is_some() || !vpc.subnets.is_empty() {
        *current = Some(vpc);
    }
    Ok(())
}

fn file_system(wanted: &FileSystemConfig) -> Result<FileSystem, OutsideRefusal> {
    if wanted.s3_files_config.is_some() {
        return Err(OutsideRefusal::S3Files);
    }
    Ok(FileSystem { arn: wanted.arn.clone(), path: wanted.local_mount_path.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::text;

    const POINT: &str =
        "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-01234567890123456";

    fn vpc(subnets: &[&str], groups: &[&str]) -> Wanted {
        let owned = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
        let vpc = VpcConfig {
            subnet_ids: owned(subnets),
            security_group_ids: owned(groups),
            ..VpcConfig::default()
        };
        Wanted { vpc: Some(vpc), ..Wanted::default() }
    }

    fn mounting() -> Wanted {
        let system = FileSystemConfig {
            arn: POINT.to_owned(),
            local_mount_path: "/mnt/data".to_owned(),
            s3_files_config: None,
        };
        Wanted { file_systems: Some(vec![system]), ..Wanted::default() }
    }

    fn dead_letters(arn: &str) -> Wanted {
        let target_arn = Some(arn.to_owned());
        Wanted { dead_letters: Some(DeadLetterConfig { target_arn }), ..Wanted::default() }
    }

    #[test]
    fn a_network_that_was_given_up_is_shown_empty_and_one_never_had_not_at_all() {
        let mut outside = Outside::default();
        vpc(&[], &[]).apply(&mut outside).unwrap();
        assert_eq!(show(&outside, FunctionConfiguration::default()).vpc_config, None);
        vpc(&["subnet-1"], &["sg-1"]).apply(&mut outside).unwrap();
        vpc(&[], &[]).apply(&mut outside).unwrap();
        let shown = show(&outside, FunctionConfiguration::default()).vpc_config.unwrap();
        assert_eq!((shown.subnet_ids, shown.vpc_id), (Some(vec![]), Some(String::new())));
        let half = text(vpc(&["subnet-1"], &[]).apply(&mut outside));
        assert_eq!(half, "SubnetIds and SecurityGroupIds must both be set or both be empty.");
    }

    #[test]
    fn a_dead_letter_target_is_in_the_functions_region() {
        let (here, there) = ("us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap());
        let target = dead_letters("arn:aws:sqs:us-east-1:000000000000:q");
        target.check_region(&here).unwrap();
        target.check_region(&there).unwrap_err();
        dead_letters("").check_region(&there).unwrap();
    }

    #[test]
    fn a_file_system_needs_a_network_and_keeps_it() {
        let mut outside = Outside::default();
        let alone = text(mounting().apply(&mut outside));
        let expected = format!(
            "Function must be configured to execute in a VPC to reference access point {POINT}."
        );
        assert_eq!(alone, expected);
        let mut outside = Outside::default();
        vpc(&["subnet-1"], &["sg-1"]).apply(&mut outside).unwrap();
        mounting().apply(&mut outside).unwrap();
        let removed = text(vpc(&[], &[]).apply(&mut outside));
        let expected = format!(
            "Function VPC configuration cannot be removed with access point {POINT} referenced."
        );
        assert_eq!(removed, expected);
    }

    #[test]
    fn failed_events_go_to_standard_queues_and_topics_until_an_empty_arn_clears_that() {
        let mut outside = Outside::default();
        let queue = "arn:aws:sqs:us-east-1:000000000000:q";
        dead_letters(queue).apply(&mut outside).unwrap();
        assert_eq!(outside.dead_letters.as_deref(), Some(queue));
        for bad in ["arn:aws:sqs:us-east-1:000000000000:q.fifo", "arn:aws:s3:::b"] {
            assert!(dead_letters(bad).apply(&mut outside).is_err(), "{bad}");
        }
        dead_letters("").apply(&mut outside).unwrap();
        assert!(outside.is_empty());
    }
}
