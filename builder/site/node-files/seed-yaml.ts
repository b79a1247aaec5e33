import { stringify } from 'yaml';
import type { JsonObject } from '../definition/json.ts';

/**
 * YAML of a seed: read by Python as YAML 1.1, where a MAC address of digits is a number unless it is quoted.
 * No line is folded and nothing is an alias, so that what is written can be searched for. Pure.
 */
export function seedYaml(value: JsonObject): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** A cloud-config document. Pure. */
export function cloudConfigYaml(value: JsonObject): string {
  return `#cloud-config\n${seedYaml(value)}`;
}
