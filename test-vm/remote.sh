#!/bin/sh
# Runs in the guest: takes scripts from a port, runs them, and answers with what they said. One line is one
# script: a number and the script in base64. The answer ends with the number and the exit code.
port=/dev/virtio-ports/kiln.remote
until [ -e "$port" ]; do sleep 0.2; done
exec 3<>"$port"
echo kiln-remote-ready >&3
while :; do
  # The port is at its end as long as nobody outside is connected.
  read -r number script <&3 || {
    sleep 1
    continue
  }
  echo "$script" | base64 -d >"$RUNTIME_DIRECTORY/script"
  sh "$RUNTIME_DIRECTORY/script" >"$RUNTIME_DIRECTORY/output" 2>&1 3>&- </dev/null
  code=$?
  { cat "$RUNTIME_DIRECTORY/output"; printf '\nkiln-remote-exit %s %s\n' "$number" "$code"; } >&3
done
