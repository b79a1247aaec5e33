#!/bin/sh
# Runs in the guest: what the box says of itself, one fact a line, and whether that is as it should be.
set -u
. /usr/lib/os-release

# Until the manager has nothing left to do, times and failed units are not final.
state=$(systemctl is-system-running --wait)

failed=$(systemctl list-units --failed --plain --no-legend | cut -d' ' -f1 | tr '\n' ' ')
verity=$(dmsetup status --target verity root | cut -d' ' -f4)
echo "image=$NAME $VERSION_ID${VARIANT:+ ($VARIANT)}"
echo "k0s=$(/usr/bin/k0s version 2>/dev/null) ${K0S_KIND:-}"
echo "kernel=$(uname -r) $(uname -m)"
echo "root hash=$(dmsetup table --target verity root | cut -d' ' -f12)"
echo "verity=$([ "$verity" = V ] && echo verified || echo "NOT verified ($verity)")"
echo "root=$(findmnt -no FSTYPE,OPTIONS / | tr -s ' ')"
lsblk -nrbo PARTN,PARTLABEL,SIZE,FSTYPE,MOUNTPOINT | while read -r number label size fstype mountpoint; do
  # Whole disks and mapped devices have neither number nor label, so other columns take their place.
  case $label in '' | [0-9]*) continue ;; esac
  case $size in *[!0-9]* | '') continue ;; esac
  echo "partition $number $label=$((size / 1048576)) MiB ${fstype:+$fstype }$mountpoint"
done
# What is in use in earnest: caches give way when memory is needed.
awk '{ kib[$1] = $2 }
  END {
    used = kib["MemTotal:"] - kib["MemFree:"] - kib["Buffers:"] - kib["Cached:"] - kib["SReclaimable:"]
    printf "memory in use=%d MiB of %d MiB\n", used / 1024, kib["MemTotal:"] / 1024
  }' /proc/meminfo
echo "failed units=${failed:-none}"
echo "boot phases=$(systemd-analyze time 2>/dev/null | head -n 1 | cut -d' ' -f4-)"

problem=
[ "$verity" = V ] || problem="$problem the root is not verified;"
[ -z "$failed" ] || problem="$problem units failed: $failed;"
[ "$state" = running ] || problem="$problem the system is $state;"
grep -q ' / squashfs ro' /proc/mounts || problem="$problem the root is not a read-only squashfs;"
if [ -n "$problem" ]; then
  echo "problem=${problem% ;}"
  journalctl --boot --priority=warning --no-pager --output=short-monotonic | tail -n 60
  exit 1
fi
