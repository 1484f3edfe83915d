import { isRunning, pidOf, processMark } from "#host/running.ts";

test("a process is told apart from all that had its number before, and that have it after", async () => {
  const mark = await processMark(process.pid);
  expect([pidOf(mark), await isRunning(mark)]).toEqual([process.pid, true]);
  expect([await isRunning(mark.replace(/\d+$/, "1")), await isRunning(mark.replace(/^\S+/, "another-start")), await isRunning(""), await isRunning(" 0 ")]).toEqual([false, false, false, false]);
});
