#!/bin/sh
# Runs in a node that takes part in a rehearsal: what it sees of its cluster. Each part ends with a line that
# has its name and exit code. KILN_API_HOST, KILN_API_PORT and KILN_VIRTUAL come from outside.
# Functions are called by `part`, which shellcheck does not see.
# shellcheck disable=SC2317
state=/var/lib/k0s

part() {
  name=$1
  shift
  "$@" 2>&1
  printf '\nkiln-look %s %s\n' "$name" $?
}

# A controller has the authority as a file, a worker in its kubelet's kubeconfig.
authority() {
  if [ -e "$state/pki/ca.crt" ]; then
    cat "$state/pki/ca.crt"
    return
  fi
  file=$(sed -n 's/^ *certificate-authority: *//p' "$state/kubelet.conf")
  if [ -n "$file" ]; then
    cat "$file"
  else
    sed -n 's/^ *certificate-authority-data: *//p' "$state/kubelet.conf" | base64 -d
  fi
}

# Without white space: the same certificate may end with one newline or two.
digest() { authority | tr -d '[:space:]' | sha256sum | cut -d ' ' -f 1; }

answers() { timeout 10 bash -c ": </dev/tcp/$KILN_API_HOST/$KILN_API_PORT"; }

virtual() { ip -brief address | grep -qF " $KILN_API_HOST/"; }

# k0s logs to its standard error, which only matters when it fails.
quietly() {
  "$@" 2>"$RUNTIME_DIRECTORY/errors" && return
  code=$?
  cat "$RUNTIME_DIRECTORY/errors"
  return "$code"
}

part kernel uname -r
part api answers
[ -e "$state/pki/ca.crt" ] || [ -e "$state/kubelet.conf" ] && part ca digest
if [ -e "$state/pki/ca.crt" ]; then
  [ -n "$KILN_VIRTUAL" ] && part virtual virtual
  part nodes quietly timeout 60 k0s kubectl get nodes -o json
  [ -d "$state/etcd" ] && part members quietly timeout 60 k0s etcd member-list
fi
exit 0
