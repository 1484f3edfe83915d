import { createHash, randomBytes } from "node:crypto";
import { isAlive } from "#host/holder.ts";
import { fellBackFact, HOME, unendedFact, LEDGER, ledgerFact, TRIALS } from "#host/ledger.ts";
import type { Ledger } from "#host/ledger.ts";
import { defineFact } from "#model/fact.ts";
import type { Fact, Read } from "#model/fact.ts";
import { Fault } from "#model/fault.ts";
import { quote, quoteAll } from "#model/quote.ts";
import type { Transport } from "#model/transport.ts";

/** Whether the host is a running system. */
const bootedFact = defineFact<boolean>({
  fact: "booted",
  script: `echo "$booted"`,
  parse: (output, subjects) => new Map(subjects.map((subject) => [subject, output.trim() === "1"])),
});

/** What a host answered to a set of reads. */
export interface Answers {
  get<H>(read: Read<H>): H;
  readonly booted: boolean;
  readonly ledger: Ledger;
  /** Who began a transaction that nobody has ended yet. */
  readonly interrupted: readonly string[];
  /** When it fell back at a start, why, and what was undone; empty when not since the last change. */
  readonly fellBack: readonly string[];
  /** Asks the same again: a shell function body that prints the same bytes while nothing changed. */
  readonly question: Question;
  /** SHA-256 in hex of the answer's bytes. */
  readonly digest: string;
}

/** A set of reads as shell: definitions of the facts, and the calls with their frames. */
export interface Question {
  readonly token: string;
  readonly facts: ReadonlyMap<Fact<unknown>, readonly string[]>;
  readonly script: string;
}

/** The shell name of a fact's function. */
const functionName = (fact: Fact<unknown>): string => `fact_${fact.fact.replaceAll("-", "_")}`;

/** Gathers reads by fact, each subject once. Every question also asks for the ledger and whether the host is booted. */
export function ask(reads: readonly Read<unknown>[]): Question {
  const token = randomBytes(16).toString("hex");
  const subjects = new Map<Fact<unknown>, Set<string>>();
  for (const read of [...reads, bootedFact(""), ledgerFact(LEDGER), unendedFact(HOME), fellBackFact(TRIALS)]) {
    const known = subjects.get(read.fact) ?? new Set<string>();
    subjects.set(read.fact, known.add(read.subject));
  }
  const facts = new Map([...subjects].map(([fact, set]) => [fact, [...set]]));
  const script = [
    "booted=; test -d /run/systemd/system && booted=1",
    ...[...facts].flatMap(([fact, names]) => [
      `${functionName(fact)}() {\n${fact.script}\n}`,
      `( ${functionName(fact)} ${quoteAll(names)} )`,
      `printf '\\n%s\\n' ${quote(token)}`,
    ]),
  ].join("\n");
  return { token, facts, script };
}

/** Reads the bytes that a question printed. Throws Fault `probe.unreadable`. */
export function understand(question: Question, stdout: Buffer, host: string): Answers {
  const frames = stdout.toString().split(`\n${question.token}\n`);
  const found = new Map<Fact<unknown>, ReadonlyMap<string, unknown>>();
  const unreadable = (fact: Fact<unknown>, output: string, cause?: unknown) =>
    new Fault("probe.unreadable", {
      host,
      hostState: "untouched",
      detail: { fact: fact.fact, output },
      message: `${host}: the answer to "${fact.fact}" could not be read: ${cause instanceof Error ? cause.message : "it is incomplete"}`,
      cause,
    });
  [...question.facts].forEach(([fact, subjects], index) => {
    const output = frames[index];
    if (output === undefined || frames.length !== question.facts.size + 1) throw unreadable(fact, output ?? "");
    try {
      found.set(fact, fact.parse(output, subjects));
    } catch (error) {
      throw unreadable(fact, output, error);
    }
  });
  const get = <H>({ fact, subject }: Read<H>): H => {
    const answers = found.get(fact) as ReadonlyMap<string, H> | undefined;
    if (!answers?.has(subject)) throw new Error(`fact ${fact.fact} was not asked about ${subject}, or left it out`);
    return answers.get(subject) as H;
  };
  return {
    get,
    booted: get(bootedFact("")),
    ledger: get(ledgerFact(LEDGER)),
    // What has the lock for a process that lives, be it this one, is under way.
    interrupted: get(unendedFact(HOME)).flatMap(({ holder, isHolding }) => (isHolding && isAlive(holder) === true ? [] : [holder])),
    fellBack: get(fellBackFact(TRIALS)),
    question,
    digest: createHash("sha256").update(stdout).digest("hex"),
  };
}

/** Asks a host about many subjects in one exchange. */
export async function probe(transport: Transport, reads: readonly Read<unknown>[]): Promise<Answers> {
  const question = ask(reads);
  const answer = await transport.exchange(question.script);
  return understand(question, answer.stdout, transport.name);
}

/** Puts the questions that are asked while another is on its way into one exchange. */
export function prober(transport: Transport): (reads: readonly Read<unknown>[]) => Promise<Answers> {
  let waiting: { question: Question; settle: (answers: Promise<Answers>) => void }[] = [];
  let busy = false;
  const flush = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const border = randomBytes(16).toString("hex");
      const script = batch.map(({ question }) => `(\n${question.script}\n)\nprintf '%s\\n' ${border}`).join("\n");
      try {
        const parts = split((await transport.exchange(script)).stdout, Buffer.from(`${border}\n`));
        batch.forEach(({ question, settle }, index) => {
          settle(new Promise((resolve) => { resolve(understand(question, parts[index] ?? Buffer.alloc(0), transport.name)); }));
        });
      } catch (error) {
        for (const { settle } of batch) settle(Promise.reject(error instanceof Error ? error : new Error(String(error))));
      }
    }
    busy = false;
  };
  return (reads) =>
    new Promise((resolve) => {
      waiting.push({ question: ask(reads), settle: resolve });
      if (busy) return;
      busy = true;
      setImmediate(() => void flush());
    });
}

/** The parts of `bytes` between occurrences of `border`. */
function split(bytes: Buffer, border: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(border); at !== -1; at = bytes.indexOf(border, from)) {
    parts.push(bytes.subarray(from, at));
    from = at + border.length;
  }
  return [...parts, bytes.subarray(from)];
}
