#!/bin/sh
# Adds a Python runtime to a runtimes directory, from a CPython that this machine already has.
#
#   add-python.sh python3.12 RUNTIMES_DIR [INTERPRETER]
#
# Leaves RUNTIMES_DIR/python3.12/ with
#   runtime.toml   where the interpreter is, outside and inside the jail
#   stem           that the runtime has stem cells: interpreters started ahead of demand
#   runtime/       mounted at /var/runtime: the official runtime client and the bootstrap that starts it
# Exits with 3 if the machine has no such Python.
# Safe to repeat: it does nothing when the same interpreter and client are already in place.
set -eu

say() { printf '  %s: %s\n' "$id" "$*"; }
die() { printf 'error: %s: %s\n' "${id:-add-python.sh}" "$*" >&2; exit 1; }

[ $# -ge 2 ] || { echo "usage: add-python.sh python3.N RUNTIMES_DIR [INTERPRETER]" >&2; exit 2; }
id=$1
interpreter=${3:-}
case $id in
  python3.[0-9] | python3.[0-9][0-9]) short=${id#python} ;;
  *) die "not a Python runtime identifier (python3.9, python3.12, ...)" ;;
esac
mkdir -p "$2"
runtimes=$(CDPATH='' cd -- "$2" && pwd)

# Newer clients have no wheel for the oldest interpreter.
case $short in
  3.9) client=4.0.4 ;;
  *) client=4.2.2 ;;
esac

# --- which interpreter: the newest patch release of this minor version -------------------------
candidates() {
  for python in "${PYENV_ROOT:-${HOME:-/root}/.pyenv}/versions/$short".*/bin/python"$short" \
    "${HOME:-/root}/.local/share/uv/python/cpython-$short".*/bin/python"$short" \
    /opt/python/"$short"*/bin/python"$short" /usr/local/bin/python"$short" /usr/bin/python"$short"; do
    [ -x "$python" ] || continue
    printf '%s %s\n' "$("$python" -c 'import platform; print(platform.python_version())')" "$python"
  done
}
[ -n "$interpreter" ] || interpreter=$(candidates | sort -V | tail -n 1 | cut -d ' ' -f 2)
if [ -z "$interpreter" ]; then
  echo "  $id: this machine has no Python $short; install one (for example with: pyenv install $short) to add it" >&2
  exit 3
fi
[ -x "$interpreter" ] || die "$interpreter is not an executable file"

found=$("$interpreter" -c 'import platform, sys; print(*sys.version_info[:2], sep="."); print(platform.python_version()); print(sys.base_prefix)') ||
  die "$interpreter does not start"
{ read -r has; read -r version; read -r prefix; } <<END
$found
END
[ "$has" = "$short" ] || die "$interpreter is Python $has"
case $prefix in
  /usr | /usr/*)
    lang=
    inside=$prefix/bin/python$short
    ;;
  *)
    lang=$prefix
    inside=/var/lang/bin/python$short
    ;;
esac
[ -x "$prefix/bin/python$short" ] || die "$prefix has no bin/python$short"

# Raise the first number when what this script leaves behind changes.
stamp="2 $version $prefix awslambdaric $client"
if [ "$(cat "$runtimes/$id/.added" 2>/dev/null)" = "$stamp" ]; then
  say "Python $version from $prefix is already in place"
  exit 0
fi

# --- the official client -----------------------------------------------------------------------
"$interpreter" -m pip --version >/dev/null 2>&1 ||
  die "$interpreter has no pip, which fetches the runtime client. On Debian: apt-get install python3-pip"
new=$runtimes/.$id.new.$$
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$new/runtime"
say "Python $version from $prefix; fetching awslambdaric $client"
"$interpreter" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
  --target "$new/runtime" "awslambdaric==$client" ||
  die "pip could not install awslambdaric $client (is the package index reachable?)"
rm -rf "$new/runtime/bin"

# --- how it is started -------------------------------------------------------------------------
# The shell's own variables would reach the function if it had some of the same name, hence "set --".
cat >"$new/runtime/bootstrap" <<END
#!/bin/sh
# Starts the $id runtime client inside an execution environment.
export AWS_EXECUTION_ENV=AWS_Lambda_$id
export PYTHONPATH="\${PYTHONPATH:-/var/runtime}"
set -- $inside /var/runtime/bootstrap.py
END
if [ -n "$lang" ]; then
  cat >>"$new/runtime/bootstrap" <<'END'
# The interpreter may be linked against a shared library beside it, which a function's own
# LD_LIBRARY_PATH must not hide.
case ":${LD_LIBRARY_PATH:-}:" in
  *:/var/lang/lib:*) ;;
  *) export LD_LIBRARY_PATH="/var/lang/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
esac
END
fi
cat >>"$new/runtime/bootstrap" <<'END'
if [ -n "${AWS_LAMBDA_EXEC_WRAPPER:-}" ]; then
  [ -e "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$AWS_LAMBDA_EXEC_WRAPPER: does not exist"; exit 127; }
  [ -x "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$AWS_LAMBDA_EXEC_WRAPPER: is not an executable"; exit 126; }
  exec "$AWS_LAMBDA_EXEC_WRAPPER" "$@"
fi
exec "$@"
END
chmod 755 "$new/runtime/bootstrap"
cat >"$new/runtime/bootstrap.py" <<'END'
"""Hands the process to the official runtime client, with Lambda's module search order."""

import os
import sys

try:
    os.fstat(63)
except OSError:
    pass
else:
    # Started ahead of demand: which function this is for will be told.
    import lambkin_stem

    lambkin_stem.become_a_function()
    del lambkin_stem, sys.modules["lambkin_stem"]

from awslambdaric.__main__ import main

TASK = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
RUNTIME = os.path.dirname(os.path.abspath(__file__))
LAYER_SITE = "/opt/python/lib/python%d.%d/site-packages" % sys.version_info[:2]

# Code, then layers, then the language and what PYTHONPATH names, then what the runtime brings along:
# a function's own copy of a library wins over the runtime's.
sys.path[:] = [TASK, LAYER_SITE, "/opt/python", *(p for p in sys.path if p not in (RUNTIME, TASK)), RUNTIME]

main([sys.argv[0], os.environ["_HANDLER"]])
END
cat >"$new/runtime/lambkin_stem.py" <<'END'
"""A stem cell: an interpreter with the client loaded that waits to learn which function it is for.

Descriptor 63 is a socket. One byte there says that the wait has begun; what comes back, up to the end, is the complete
environment as JSON. By then the code is in place, and the process goes on as one that was started for the function.
"""

import importlib
import json
import os
import sys

CHANNEL = 63
BOOTSTRAP = "/var/runtime/bootstrap"
TASK = "/var/task"
LAYERS = ("/opt/python", "/opt/python/lib/python%d.%d/site-packages" % sys.version_info[:2])

# What the client loads only when it is called, and what many functions load.
AHEAD = ("base64", "concurrent.futures.thread", "datetime", "typing", "urllib.parse")
# What the client reads while it is loaded, and the modules that do so.
READ_ON_LOADING = ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")
READERS = ("awslambdaric.__main__", "awslambdaric.bootstrap")


def become_a_function():
    importlib.import_module("awslambdaric.__main__")
    before = set(sys.modules)
    for name in AHEAD:
        importlib.import_module(name)
    ahead = {name.partition(".")[0] for name in set(sys.modules) - before}
    os.write(CHANNEL, b".")
    wanted = _receive()
    # Beyond what the platform gives there is what the shell and the interpreter have set themselves.
    variables = {**os.environ, **wanted}
    if "PWD" in variables:
        variables["PWD"] = TASK
    os.chdir(TASK)
    if ahead & _modules_of_the_function():
        # It brings its own copy of something that was loaded ahead, which must be loaded instead.
        os.execve(BOOTSTRAP, [BOOTSTRAP], wanted)
    _set_environment(variables)
    if any(name in variables for name in READ_ON_LOADING):
        _forget(READERS)
    if "random" in sys.modules:
        sys.modules["random"].seed()


def _receive():
    text = bytearray()
    while True:
        chunk = os.read(CHANNEL, 65536)
        if not chunk:
            break
        text += chunk
    os.close(CHANNEL)
    if not text:
        # Not wanted any more.
        os._exit(0)
    return json.loads(text)


def _modules_of_the_function():
    names = set()
    for folder in (TASK, *LAYERS):
        try:
            names.update(name.partition(".")[0] for name in os.listdir(folder))
        except OSError:
            pass
    return names


def _set_environment(variables):
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _forget(names):
    for name in names:
        module = sys.modules.pop(name)
        package, _, attribute = name.rpartition(".")
        if getattr(sys.modules[package], attribute, None) is module:
            delattr(sys.modules[package], attribute)
END
"$interpreter" -m compileall -q "$new/runtime/lambkin_stem.py"
{
  [ -z "$lang" ] || printf 'lang = "%s"\n' "$lang"
  printf 'interpreter = "%s"\nversion = "%s"\n' "$inside" "$version"
} >"$new/runtime.toml"
# How interpreters that were started ahead of demand can be used.
printf 'shared\n' >"$new/stem"
chmod -R a+rX "$new"
printf '%s\n' "$stamp" >"$new/.added"

# --- in one step -------------------------------------------------------------------------------
[ ! -e "$runtimes/$id" ] || mv "$runtimes/$id" "$new.old"
mv "$new" "$runtimes/$id"
rm -rf "$new.old"
say "added: $runtimes/$id"
