import { defineFact } from "#model/fact.ts";
import { isFault } from "#model/fault.ts";
import type { Transport } from "#model/transport.ts";
import { connect } from "#host/connect.ts";
import { probe, prober } from "#host/probe.ts";
import { skipUnless } from "../support/skip.ts";
import { treeObstacle } from "../support/tree.ts";

const test = skipUnless(treeObstacle === undefined, treeObstacle ?? "");

const echo = defineFact<string>({
  fact: "echo",
  script: `for word do printf '%s\\n' "$word"; done`,
  parse: (output, subjects) => new Map(subjects.map((subject, index) => [subject, output.split("\n")[index] ?? ""])),
});
const broken = defineFact<string>({ fact: "broken", script: "exit 3", parse: () => { throw new Error("nothing there"); } });
const local = connect({ via: "local" });

test("many subjects are one exchange, whatever their letters", async () => {
  const words = ["plain", "it's", "$(id)", "-n", "* ?", "ü"];
  const answers = await probe(local, words.map((word) => echo(word)));
  expect(words.map((word) => answers.get(echo(word)))).toEqual(words);
});

test("the same question has the same digest until something changes", async () => {
  const transport: Transport = { ...local };
  const first = await probe(transport, [echo("a")]);
  const again = await transport.exchange(first.question.script);
  const { understand } = await import("#host/probe.ts");
  expect(understand(first.question, again.stdout, "x").digest).toBe(first.digest);
});

test("an answer that cannot be read is a fault that names the fact", async () => {
  const error: unknown = await probe(local, [broken("x")]).catch((reason: unknown) => reason);
  expect(isFault(error, "probe.unreadable") && error.detail.fact).toBe("broken");
});

test("a fact that ends its shell does not end the others", async () => {
  const leaver = defineFact<string>({ fact: "leaver", script: "exit 1", parse: (output, [subject = ""]) => new Map([[subject, output]]) });
  const answers = await probe(local, [leaver("x"), echo("still here")]);
  expect(answers.get(echo("still here"))).toBe("still here");
});

test("questions asked together travel in one exchange and each gets its own answer", async () => {
  let exchanges = 0;
  const counting: Transport = { ...local, exchange: (script, onLine) => { exchanges += 1; return local.exchange(script, onLine); } };
  const ask = prober(counting);
  const answers = await Promise.all(["a", "b", "c"].map((word) => ask([echo(word)])));
  expect(answers.map((answer, index) => answer.get(echo(["a", "b", "c"][index] ?? "")))).toEqual(["a", "b", "c"]);
  expect(exchanges).toBe(1);
});

test("asking for what was not asked is a bug", async () => {
  const answers = await probe(local, []);
  expect(() => answers.get(echo("x"))).toThrow("was not asked about x");
});
