#!/bin/sh
# Comes before every check that runs in a guest. A check that is not met is told, and the next one runs
# all the same; the script ends with `finish`.
set -u
status=0

# expect WHAT COMMAND…: the command must succeed.
expect() {
  what=$1
  shift
  "$@" >/tmp/output 2>&1 && return
  echo "FAILED: $what"
  sed 's/^/  /' /tmp/output
  status=1
}

# refuse WHAT COMMAND…: the command must fail.
refuse() {
  what=$1
  shift
  "$@" >/tmp/output 2>&1 || return 0
  echo "FAILED: $what"
  status=1
}

# silent WHAT COMMAND…: the command must say nothing; what it says is WHAT should not be.
silent() {
  what=$1
  shift
  "$@" >/tmp/output 2>/dev/null
  [ -s /tmp/output ] || return 0
  echo "FAILED: $what"
  sed 's/^/  /' /tmp/output
  status=1
}

# Ends the check: well, if nothing was amiss.
finish() {
  exit "$status"
}
