#!/bin/sh
# For checks: no line of $SECRETS is in anything that users of the box see. Comes after expect.sh.

# In a file, since arguments are seen by all; readable by whom the search runs as.
sought=/run/secrets-to-find
echo "$SECRETS" >"$sought"

files_with_secrets() {
  setpriv --reuid=65534 --regid=65534 --clear-groups \
    find /etc /run /var /tmp /opt -xdev -type f -readable ! -path "$sought" -exec grep -lFf "$sought" {} +
}

arguments_with_secrets() {
  grep -lFf "$sought" /proc/[0-9]*/cmdline
}

# Says which unit it was, and not what it said.
journal_with_secrets() {
  journalctl --no-pager -o json --output-fields=MESSAGE,_SYSTEMD_UNIT | grep -Ff "$sought" |
    grep -o '"_SYSTEMD_UNIT":"[^"]*"' | sort -u
}

expect_no_secrets() {
  expect 'root finds the secrets' grep -rqFf "$sought" /var/lib/kiln/seed/
  silent 'a file that others can read has a secret' files_with_secrets
  silent 'arguments of a process have a secret' arguments_with_secrets
  silent 'the journal has a secret' journal_with_secrets
}
