import type { Command } from 'commander';
import type { Overrides } from '../image/definition/load.ts';

/** What `withOverrides` parses. */
export interface OverrideOptions {
  readonly k0s?: string;
  readonly airgap?: string;
  readonly imageVersion?: string;
}

/** Adds the options that stand in for a part of an image file: the same for every command that reads one. */
export function withOverrides(command: Command): Command {
  return command
    .option(
      '--k0s <path>',
      'use this k0s binary, or the word "stand-in" for what is not Kubernetes',
    )
    .option('--airgap <path>', 'bring along the container images of this airgap bundle')
    .option('--image-version <text>', "the image's version, instead of the file's");
}

/** The options as `loadDefinition` takes them. */
export function overridesOf({ k0s, airgap, imageVersion }: OverrideOptions): Overrides {
  return { k0s, airgap, version: imageVersion };
}
