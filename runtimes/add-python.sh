#!/bin/sh
# Adds a Python runtime to a runtimes directory, from a CPython that this machine already has.
#
#   add-python.sh python3.12 RUNTIMES_DIR [INTERPRETER]
#
# Leaves RUNTIMES_DIR/python3.12/ with
#   runtime.toml   where the interpreter is, outside and inside the jail
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
stamp="1 $version $prefix awslambdaric $client"
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
cat >"$new/runtime/bootstrap" <<END
#!/bin/sh
# Starts the $id runtime client inside an execution environment.
export AWS_EXECUTION_ENV=AWS_Lambda_$id
export PYTHONPATH="\${PYTHONPATH:-/var/runtime}"
interpreter=$inside
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
  wrapper=$AWS_LAMBDA_EXEC_WRAPPER
  [ -e "$wrapper" ] || { echo "$wrapper: does not exist"; exit 127; }
  [ -x "$wrapper" ] || { echo "$wrapper: is not an executable"; exit 126; }
  exec "$wrapper" "$interpreter" /var/runtime/bootstrap.py
fi
exec "$interpreter" /var/runtime/bootstrap.py
END
chmod 755 "$new/runtime/bootstrap"
cat >"$new/runtime/bootstrap.py" <<'END'
"""Hands the process to the official runtime client, with Lambda's module search order."""

import os
import sys

from awslambdaric.__main__ import main

TASK = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
RUNTIME = os.path.dirname(os.path.abspath(__file__))
LAYER_SITE = "/opt/python/lib/python%d.%d/site-packages" % sys.version_info[:2]

# Code, then layers, then the language and what PYTHONPATH names, then what the runtime brings along:
# a function's own copy of a library wins over the runtime's.
sys.path[:] = [TASK, LAYER_SITE, "/opt/python", *(p for p in sys.path if p not in (RUNTIME, TASK)), RUNTIME]

main([sys.argv[0], os.environ["_HANDLER"]])
END
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
