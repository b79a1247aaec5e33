/** The top-level keys of cloud-config as the box knows them (kiln/cloud_config_keys.py). */
export const CLOUD_CONFIG = {
  /** What the image's cloud-init acts on. */
  done: words(`
    allow_public_ssh_keys bootcmd ca-certs ca_certs chpasswd create_hostname_file disable_root
    disable_root_opts final_message fqdn groups hostname k0s launch-index merge_how merge_type
    ntp output password phone_home power_state prefer_fqdn_over_hostname preserve_hostname
    random_seed reporting runcmd ssh ssh_authorized_keys ssh_pwauth timezone updates user users
    vendor_data version write_files
  `),
  /** What would install something. */
  immutable: words(`
    ansible apk_repos apt apt_pipelining apt_preserve_sources_list apt_reboot_if_required
    apt_update apt_upgrade chef drivers landscape lxd mcollective package_reboot_if_required
    package_update package_upgrade packages puppet rh_subscription rpi salt_minion snap
    spacewalk ubuntu_advantage ubuntu_autoinstall ubuntu_pro yum_repo_dir yum_repos zypper
  `),
  /** What would change the disk. */
  disks: words(`
    device_aliases disk_setup fs_setup growpart resize_rootfs
  `),
  /** What the image does in its own way. */
  notHere: words(`
    byobu_by_default fan keyboard locale locale_configfile manage_etc_hosts manage_resolv_conf
    mount_default_fields mounts resolv_conf rsyslog ssh_deletekeys ssh_fp_console_blacklist
    ssh_genkeytypes ssh_import_id ssh_keys ssh_publish_hostkeys ssh_quiet_keygen swap wireguard
  `),
} as const;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
