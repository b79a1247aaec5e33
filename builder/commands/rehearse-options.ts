import { type Command, InvalidArgumentError } from 'commander';
import {
  type Cut,
  type Order,
  parseCut,
  parseNames,
  parseOrder,
  type RehearsalOptions,
} from '../../test-vm/rehearsal/options.ts';
import { type SecretsOptions, withSecrets } from './site/secrets-flags.ts';

/** What `withRehearsal` parses. */
export interface RehearseOptions extends SecretsOptions {
  readonly out: string;
  readonly seeds?: string;
  readonly release?: readonly string[];
  readonly order?: Order;
  readonly oneByOne?: boolean;
  readonly delay: number;
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly cut?: readonly Cut[];
  readonly online?: boolean;
  readonly hold?: boolean;
  readonly timeout?: number;
  readonly memory?: number;
  readonly cpus?: number;
  readonly logs?: string;
  readonly json?: boolean;
}

const ORDER_HELP = 'It must be forward, reverse, random:SEED, or names with commas between them.';
const NAMES_HELP = 'It must be names with commas between them.';
const CUT_HELP = 'It must be a name, or a name and seconds: c1@90.';

/** Adds the options of a rehearsal. */
export function withRehearsal(command: Command): Command {
  command
    .option('--release <directory>', 'release to boot; repeat it for each architecture', collect)
    .option('--out <directory>', 'where directories of sites are', 'out')
    .option('--seeds <directory>', 'take the ISOs of this directory, as they are')
    .option('--order <order>', 'forward (the default), reverse, random:SEED or a,b,c', order)
    .option('--one-by-one', 'switch a node on when the one before is ready')
    .option('--delay <seconds>', 'wait between two nodes', number, 0)
    .option('--only <names>', 'rehearse these nodes alone', names)
    .option('--without <names>', 'leave these off, and see how the others take it', names)
    .option('--cut <node[@seconds]>', 'pull its plug once all are ready, or then; repeatable', cut)
    .option('--online', 'let nodes reach the network of this host')
    .option('--hold', 'leave the nodes running afterwards, with ports for kubectl and ssh')
    .option('--timeout <seconds>', 'how long it may take (default: by number of nodes)', positive)
    .option('--memory <MiB>', 'memory of each node (default: 2048, workers 1536)', positive)
    .option('--cpus <number>', 'processors of each node (default: by what the host has)', positive)
    .option('--logs <directory>', 'where logs and report go (default: <out>/<site>/rehearsal)')
    .option('--json', 'print the result as JSON');
  return withSecrets(command);
}

/** The options as the plan wants them. Pure. */
export function wishesOf(options: RehearseOptions): RehearsalOptions {
  const { timeout, memory, cpus } = options;
  return {
    order: options.order ?? { kind: 'forward' },
    isOneByOne: options.oneByOne === true,
    delaySeconds: options.delay,
    only: options.only ?? [],
    without: options.without ?? [],
    cuts: options.cut ?? [],
    isOnline: options.online === true,
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(memory !== undefined && { memoryMiB: memory }),
    ...(cpus !== undefined && { cpus }),
  };
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function order(text: string): Order {
  return parseOrder(text) ?? refuse(ORDER_HELP);
}

function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...(parseNames(text) ?? refuse(NAMES_HELP))];
}

function cut(text: string, before: readonly Cut[] = []): readonly Cut[] {
  return [...before, parseCut(text) ?? refuse(CUT_HELP)];
}

function number(text: string): number {
  return /^\d{1,6}$/.test(text) ? Number(text) : refuse('It must be a whole number.');
}

function positive(text: string): number {
  const value = number(text);
  return value > 0 ? value : refuse('It must be above 0.');
}

function refuse(help: string): never {
  throw new InvalidArgumentError(help);
}
