const ENVIRONMENT = [
  ...[
    'bootcmd=bootflow scan',
    'bootdelay=2',
    'loadaddr=0x1000000',
    'boot_targets=mmc usb pxe dhcp',
    'pxefile_addr_r=0x05500000',
  ],
  ...[
    'dhcpuboot=usb start; dhcp u-boot.uimg; bootm',
    'scriptaddr=0x05400000',
    'ramdisk_addr_r=0x05700000',
    'arch=arm',
  ],
];

/** As much of a U-Boot as Kiln looks at: code, and the environment that is compiled in. */
export const TINY_U_BOOT = Buffer.from(`code\0${ENVIRONMENT.join('\0')}\0\0more`);
