import callbackPb from "@pulumi/pulumi/proto/callback_pb.js";

/**
 * In place of the server by which an engine calls a program (pulumi sdk/nodejs runtime/callbacks.ts, CallbackServer): whoever asks for it is
 * refused at once. The real one takes a while to start, and a program may be over by then.
 *
 * @param refuse - ends the run, by the name of what is not known; throws
 */
export function refusedCallbacks(refuse: (what: string) => never) {
  return {
    registerStackTransform: () => refuse("transforms of the stack"),
    registerStackInvokeTransform: () => refuse("invoke transforms"),
    registerResourceHook: async () => refuse("resource hooks"),
    registerErrorHook: async () => refuse("error hooks"),
    // The resource that they are for is refused, by its name.
    registerTransform: async () => new callbackPb.Callback(),
    registerStateMigration: async () => new callbackPb.Callback(),
    awaitStackRegistrations: async () => undefined,
    shutdown: (): void => undefined,
  };
}
