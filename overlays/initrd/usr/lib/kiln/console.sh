# shellcheck shell=sh
# For the scripts of an initrd, which source it: what they say to whoever stands before the box, and what they are told.

# To every console that the kernel uses; opening tty0 is opening whichever screen is shown.
to_consoles() {
  read -r consoles </sys/class/tty/console/active
  for console in $consoles; do
    printf '%s\r\n' "$1" >"/dev/$console" || true
  done
} 2>/dev/null

# On every console, for nobody can log in here; and in the journal.
say() {
  echo "$1"
  to_consoles "kiln: $1"
}

# The last value of a word of the kernel's command line.
word() {
  read -r cmdline </proc/cmdline
  value=
  for each in $cmdline; do
    case $each in
    "$1="*) value=${each#*=} ;;
    esac
  done
  echo "$value"
}
