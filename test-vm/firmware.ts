import type { Arch } from '../builder/image/arch.ts';

/** UEFI as Debian's packages have it: the program, and variables to start from. */
export const FIRMWARE: Readonly<Record<Arch, { readonly code: string; readonly vars: string }>> = {
  x86_64: { code: 'usr/share/OVMF/OVMF_CODE_4M.fd', vars: 'usr/share/OVMF/OVMF_VARS_4M.fd' },
  arm64: {
    code: 'usr/share/AAVMF/AAVMF_CODE.no-secboot.fd',
    vars: 'usr/share/AAVMF/AAVMF_VARS.fd',
  },
};
