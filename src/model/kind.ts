import type { Input } from "@pulumi/pulumi";
import type { Change } from "#model/change.ts";
import type { Read } from "#model/fact.ts";
import type { Props } from "#model/schema.ts";
import type { Step } from "#model/step.ts";

/** What a kind asks of a host: a name for each answer. */
export interface Reads {
  readonly [name: string]: Read<unknown>;
}

/** The answers to `R`. */
export type Have<R extends Reads> = { readonly [K in keyof R]: R[K] extends Read<infer H> ? H : never };

/** Undo that cannot be done, and why. */
export interface Impossible {
  readonly impossible: string;
}

/** How a step of this kind can hurt: cut the connection, or keep the machine from booting. */
export type Risk = "none" | "connection" | "boot";

/** Something that a survey found: an instance that can be declared as it is, or what stays unmanaged and why. */
export type Found<P> =
  | {
      /** What the item will be called; unique in its kind. */
      readonly name: string;
      /** `diff` on the same host says nothing about it, and it holds no secret. */
      readonly want: P;
    }
  | {
      readonly name: string;
      /** Why it is left out, and what to do about it. Never shows a content. */
      readonly why: string;
      /** It is not left out if some item owns this. */
      readonly subject?: string;
    };

/** How instances of a kind are found on a host that nobody declared yet. */
export interface Survey<P extends object, S extends Reads> {
  /** Facts that list. */
  readonly reads: S;
  /** Takes what the other kinds have not taken. @defaultValue false */
  readonly rest?: boolean;
  /** Pure. A method, so that a kind with a survey is still a kind like any other. */
  items(have: Have<S>): readonly Found<P>[];
}

/** The thing that one declared instance of a kind is. */
export interface KindSpec<P extends object, R extends Reads, S extends Reads = Reads> {
  /** The file's name, for example `systemd-timer`. */
  readonly kind: string;
  readonly props: Props<P>;
  /** Mistakes that a schema cannot express; messages, each with its fix. */
  readonly check?: (want: P) => readonly { readonly path: string; readonly message: string; readonly fix: string }[];
  /** Subjects that this item alone decides on, for example `path:/etc/motd`. The first one is its main subject. */
  readonly owns: (want: P) => readonly string[];
  /** Subjects that must be right before this item is applied, where some item owns them; `package:*` means every package. */
  readonly needs?: (want: P) => readonly string[];
  /** Subjects whose change calls `react`; a `*` at the end stands for anything. */
  readonly watches?: (want: P) => readonly string[];
  /** What follows, once, at the end, when a watched subject changed; an item may watch its own subjects. `have` is from before. */
  readonly react?: (want: P, have: Have<R>, changed?: readonly string[]) => readonly Step[];
  readonly risk: Risk | ((want: P) => Risk);
  readonly reads: (want: P) => R;
  /** Pure: what differs. */
  readonly diff: (want: P, have: Have<R>) => readonly Change[];
  /** Pure: the steps from `have` to `want`, repeatable. */
  readonly apply: (want: P, have: Have<R>) => readonly Step[];
  /** Pure: the steps back to `before`, known before the first step runs. */
  readonly undo: (want: P, before: Have<R>) => readonly Step[] | Impossible;
  /** For `steading import`. @defaultValue instances are not looked for */
  readonly survey?: Survey<P, S>;
}

/** `T` where any part may be a Pulumi output. */
export type Inputs<T> = Input<
  T extends string | number | boolean ? T : T extends readonly (infer E)[] ? readonly Inputs<E>[] : { [K in keyof T]: Inputs<T[K]> }
>;

/** One declared instance of a kind on one host. */
export interface Item<P = object> {
  readonly kind: string;
  /** Unique among the items of its kind in its layer. */
  readonly name: string;
  readonly want: P;
}

/** A kind: call it to declare an item. */
export interface Kind<P extends object = object, R extends Reads = Reads, S extends Reads = Reads> extends KindSpec<P, R, S> {
  (name: string, want: { [K in keyof P]: Inputs<P[K]> }): Item<{ [K in keyof P]: Inputs<P[K]> }>;
}

/** Declares a kind. */
export function defineKind<P extends object, R extends Reads, S extends Reads = Reads>(spec: KindSpec<P, R, S>): Kind<P, R, S> {
  const declare = (name: string, want: { [K in keyof P]: Inputs<P[K]> }) => ({ kind: spec.kind, name, want });
  return Object.assign(declare, spec);
}

/** The subject of a path. */
export const pathSubject = (path: string): string => `path:${path}`;

/** True when a need or watch means this subject: the same, or the same start where it ends with `*`. */
export const means = (pattern: string, subject: string): boolean =>
  pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject;

/** The subjects of all directories above a path, outermost first. */
export const parentSubjects = (path: string): readonly string[] => {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => pathSubject(`/${parts.slice(0, index + 1).join("/")}`));
};
