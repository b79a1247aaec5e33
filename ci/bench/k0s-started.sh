#!/bin/sh
# Runs in the guest: waits until k0s has been started, and says when the phases of the boot came to their end.
set -u
unit=k0scontroller.service

waited=0
until systemctl --quiet is-active "$unit" && [ "$(systemctl show --value --property=NRestarts "$unit")" = 0 ]; do
  if [ "$waited" -ge 600 ]; then
    echo "k0s has not been started, or not at once, 600 s after the rest of the system:"
    kiln-status
    systemctl list-units --failed --plain --no-legend
    journalctl --boot --no-pager --output=short-monotonic --unit='kiln-*' --unit='cloud-*' --unit="$unit" | tail -n 60
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done

systemctl show --property=InitRDTimestampMonotonic,UserspaceTimestampMonotonic
systemctl show --property=ActiveEnterTimestampMonotonic "$unit"
# Last, for the host reads its own clock when it hears this.
read -r uptime _ </proc/uptime
echo "Uptime=$uptime"
