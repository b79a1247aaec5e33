"""The top-level keys of cloud-config: which this image's cloud-init acts on, and why not on others."""

# Keys of the modules that overlays/base/etc/cloud/cloud.cfg lists, and of cloud-init itself.
DONE = frozenset(
    """
    allow_public_ssh_keys bootcmd ca-certs ca_certs chpasswd create_hostname_file disable_root
    disable_root_opts final_message fqdn groups hostname k0s launch-index merge_how merge_type ntp
    output password phone_home power_state prefer_fqdn_over_hostname preserve_hostname random_seed
    reporting runcmd ssh ssh_authorized_keys ssh_pwauth timezone updates user users vendor_data version
    write_files
    """.split()
)

# What installs something, or sets up something that would have to be installed.
IMMUTABLE = frozenset(
    """
    ansible apk_repos apt apt_pipelining apt_preserve_sources_list apt_reboot_if_required apt_update
    apt_upgrade chef drivers landscape lxd mcollective package_reboot_if_required package_update
    package_upgrade packages puppet rh_subscription rpi salt_minion snap spacewalk ubuntu_advantage
    ubuntu_autoinstall ubuntu_pro yum_repo_dir yum_repos zypper
    """.split()
)

DISKS = frozenset("device_aliases disk_setup fs_setup growpart resize_rootfs".split())

_KEYS = "the host keys are the box's own, made on it, and stay in /var/lib/kiln/ssh"

# Modules that would undo or double what the image does in its own way.
NOT_HERE = {
    "byobu_by_default": "there is no byobu",
    "fan": "the cluster's network is the CNI's",
    "keyboard": "nobody types on the console",
    "locale": "the system speaks C.UTF-8",
    "locale_configfile": "the system speaks C.UTF-8",
    "manage_etc_hosts": "write /etc/hosts with write_files; the box's own name is always resolved",
    "manage_resolv_conf": "name servers belong into network-config",
    "mount_default_fields": "write a .mount unit to /etc/systemd/system with write_files",
    "mounts": "write a .mount unit to /etc/systemd/system with write_files",
    "resolv_conf": "name servers belong into network-config",
    "rsyslog": "journald keeps the log",
    "ssh_deletekeys": _KEYS,
    "ssh_fp_console_blacklist": "the console shows no fingerprints",
    "ssh_genkeytypes": _KEYS,
    "ssh_import_id": "keys come from the seed alone: use ssh_authorized_keys",
    "ssh_keys": _KEYS,
    "ssh_publish_hostkeys": _KEYS,
    "ssh_quiet_keygen": _KEYS,
    "swap": "kubelet wants none",
    "wireguard": "use network-config",
}
