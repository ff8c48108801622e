//! `lambkin sign`: keys, and packages signed with them. Needs no server.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use signing::{SigningKey, Statement};
use store::{Clock, SystemClock};
use uuid::Uuid;

use crate::cli::say;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Clocks of machines differ: a certificate is in force a little earlier than it is made.
const EARLIER: Duration = DAY;

const WALK: &str = "\
From a key to a deployment that only signed packages pass:
  lambkin sign new-key build.pem
      makes build.pem (keep it secret) and build.crt.pem, and prints the certificate's SHA-256
  aws signer put-signing-profile --profile-name Build --platform-id AWSLambda-SHA384-ECDSA \\
      --signing-parameters certificate=SHA-256
      prints profileVersionArn
  lambkin sign --key build.pem --profile PROFILE-VERSION-ARN function.zip signed.zip
  aws lambda create-code-signing-config \\
      --allowed-publishers SigningProfileVersionArns=PROFILE-VERSION-ARN \\
      --code-signing-policies UntrustedArtifactOnDeployment=Enforce
  aws lambda create-function --code-signing-config-arn ... --zip-file fileb://signed.zip ...
If the key is lost or stolen:
  aws signer revoke-signing-profile --profile-name Build --profile-version VERSION \\
      --reason \"key lost\" --effective-time 2026-01-01T00:00:00Z";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = WALK)]
pub(crate) struct SignArguments {
    #[command(subcommand)]
    action: Option<SignAction>,
    #[command(flatten)]
    package: Option<PackageArguments>,
}

#[derive(Debug, Subcommand)]
enum SignAction {
    /// Make a private key on the curve P-384, and a certificate for it.
    NewKey {
        /// Where to write the key; the certificate goes beside it, as `.crt.pem`.
        file: PathBuf,
        /// The name in the certificate.
        #[arg(long, default_value = "lambkin sign")]
        name: String,
        /// How long the certificate is in force.
        #[arg(long, default_value = "10years", value_parser = humantime::parse_duration)]
        lifetime: Duration,
    },
}

#[derive(Debug, Args)]
struct PackageArguments {
    /// The private key: P-384, PKCS #8, PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Its certificate, for signing code [default: the key's name with `.crt.pem`].
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The version of the signing profile, as `aws signer put-signing-profile` prints it.
    #[arg(long, value_name = "PROFILE-VERSION-ARN")]
    profile: String,
    /// How long the signature counts.
    #[arg(long, default_value = "135months", value_parser = humantime::parse_duration)]
    validity: Duration,
    /// The package to sign.
    input: PathBuf,
    /// Where to write the signed package.
    output: PathBuf,
}

pub(crate) fn run(arguments: &SignArguments) -> Result<()> {
    match (&arguments.action, &arguments.package) {
        (Some(SignAction::NewKey { file, name, lifetime }), _) => new_key(file, name, *lifetime),
        (None, Some(package)) => sign(package),
        (None, None) => bail!("nothing to sign; see `lambkin sign --help`"),
    }
}

fn new_key(file: &Path, name: &str, lifetime: Duration) -> Result<()> {
    let now = now()?;
    let key = SigningKey::generate(name, now.saturating_sub(EARLIER), now + lifetime)?;
    let certificate = beside(file);
    write_new(&certificate, &key.certificate_pem()?, 0o644)?;
    write_new(file, &key.key_pem()?, 0o600)?;
    say(format_args!("key          {}", file.display()));
    say(format_args!("certificate  {}", certificate.display()));
    say(format_args!("sha-256      {}", key.fingerprint()));
    Ok(())
}

fn sign(arguments: &PackageArguments) -> Result<()> {
    let PackageArguments { key, certificate, profile, validity, input, output } = arguments;
    let certificate = certificate.clone().unwrap_or_else(|| beside(key));
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let signing_key = SigningKey::from_pem(&read(key)?, &read(&certificate)?)
        .with_context(|| format!("{} with {}", key.display(), certificate.display()))?;
    let now = now()?;
    let ms = |time: Duration| i64::try_from(time.as_millis()).context("a time is out of range");
    let statement = Statement {
        profile_version: profile.clone(),
        job: job_arn(profile)?,
        signed_ms: ms(now)?,
        expires_ms: ms(now + *validity)?,
    };
    let package = File::open(input).with_context(|| format!("cannot read {}", input.display()))?;
    // Whoever deploys finds the whole package under its name or none.
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut draft = tempfile::NamedTempFile::new_in(parent.unwrap_or_else(|| Path::new(".")))?;
    signing::sign(BufReader::new(package), draft.as_file_mut(), &signing_key, &statement)
        .with_context(|| format!("cannot sign {}", input.display()))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    draft.as_file().set_permissions(mode)?;
    draft.persist(output).with_context(|| format!("cannot write {}", output.display()))?;
    say(format_args!("{}", statement.job));
    Ok(())
}

/// Makes up a job in the region and account of the profile.
fn job_arn(profile_version: &str) -> Result<String> {
    let parts: Vec<&str> = profile_version.splitn(6, ':').collect();
    let named = parts.get(5).and_then(|rest| rest.strip_prefix("/signing-profiles/"));
    let complete =
        named.is_some_and(|named| named.split('/').filter(|p| !p.is_empty()).count() == 2);
    ensure!(
        complete && parts[2] == "signer",
        "--profile has to be the ARN of a profile's version, \
         arn:aws:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION, not {profile_version}"
    );
    Ok(format!("{}:/signing-jobs/{}", parts[..5].join(":"), Uuid::new_v4()))
}

fn now() -> Result<Duration> {
    let ms = u64::try_from(SystemClock.now_ms()).context("the clock is before 1970")?;
    Ok(Duration::from_millis(ms))
}

fn beside(key: &Path) -> PathBuf {
    key.with_extension("crt.pem")
}

/// Writes a file that is not there yet: a key that is overwritten is lost.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path);
    let mut file = file.with_context(|| format!("cannot make {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}
