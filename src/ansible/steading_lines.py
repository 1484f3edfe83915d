"""Tells what a playbook does as JSON, one event per line on standard output. What `no_log` hides never comes here."""

import json
import os
import sys

from ansible import context
from ansible.plugins.callback import CallbackBase

WORKSPACE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(WORKSPACE, "modules"))

from steading_connection import differing  # noqa: E402
from steading_untold import Untold, as_list, items_of  # noqa: E402
from steading_vault import Vault  # noqa: E402

# What people read; the rest is Ansible's own words.
READ = ("name", "message", "diff", "cannotTell", "by", "differs")
# How many lines of what a command printed are told, where it says nothing of its failure.
TAIL = 20


def part(result, name):
    """A part of a result by its name since ansible-core 2.19, or before."""
    return getattr(result, name) if hasattr(result, name) else getattr(result, "_" + name)


def reasons(one):
    """What a result says of itself."""
    told = [one.get("msg")]
    if one.get("failed") or one.get("unreachable") or one.get("rc"):
        told += [one.get("message"), one.get("stderr") or one.get("module_stderr")]
        if not told[-1]:
            told.append("\n".join(str(one.get("stdout") or one.get("module_stdout") or "").splitlines()[-TAIL:]))
    texts = [text if isinstance(text, str) else json.dumps(text, default=str) for text in told if text]
    return list(dict.fromkeys(text.strip() for text in texts))


def label(one):
    item = one.get("_ansible_item_label", one.get(one.get("ansible_loop_var", "item")))
    return item if isinstance(item, str) else json.dumps(item, default=str)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "steading_lines"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.vault = Vault(WORKSPACE)
        self.untold = Untold()
        # Variables of the host that was handed over; those of hosts that a playbook adds are its own.
        self.declared = None
        self.known = {}

    def tell(self, event, **fields):
        self.vault.listen()
        shown = {key: self.vault.mask(value) if key in READ else value for key, value in fields.items()}
        print(json.dumps({"steading": event, **shown}, default=str), flush=True)

    def v2_playbook_on_start(self, playbook):
        self.vault.look_into(playbook)
        for play in playbook.get_plays():
            self.refuse_others(play)

    def v2_playbook_on_play_start(self, play):
        self.play = play
        self.refuse_others(play)
        self.tell("play", name=play.get_name())

    def refuse_others(self, play):
        """Ends the run before a task of this play, where that would be done on another machine."""
        try:
            if self.declared is None:
                self.declared = {host.get_name(): dict(host.vars) for host in play.get_variable_manager()._inventory.get_hosts()}
            differs = differing(play, self.declared)
        except Exception:  # What Ansible cannot read here, it says itself.
            return
        if differs:
            self.tell("refused", differs=differs)
            sys.exit(1)

    def v2_playbook_on_no_hosts_matched(self):
        self.tell("no-hosts")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.start(task, False)

    def v2_playbook_on_handler_task_start(self, task):
        self.start(task, True)

    def start(self, task, handler):
        variables = self.play.get_variable_manager()
        for host in variables._inventory.get_hosts():
            known = variables.get_vars(play=self.play, host=host, task=task)
            self.known[host.get_name()] = known
            self.vault.look_through({name: value for name, value in known.items() if name not in ("hostvars", "ansible_facts", "vars")})
        if context.CLIARGS.get("check"):
            self.untold.begin(task)
        self.tell("task", id=task._uuid, name=task.get_name(), at=task.get_path() or "", handler=handler)

    def v2_runner_on_ok(self, result):
        self.end(result, "changed" if part(result, "result").get("changed") else "ok")

    def v2_runner_on_skipped(self, result):
        self.end(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.end(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result):
        self.end(result, "ignored" if part(result, "task").ignore_unreachable is True else "unreachable")

    def end(self, result, status):
        task, found, host = part(result, "task"), part(result, "result"), part(result, "host").get_name()
        cannot_tell = self.untold.reason(task, host, found, status, self.known.get(host, {})) if context.CLIARGS.get("check") else None
        self.tell(
            "end",
            id=task._uuid,
            host=host,
            status=status,
            message=self.message(found),
            diff=self.diffs(found),
            **({} if cannot_tell is None else {"cannotTell": cannot_tell}),
        )

    def message(self, found):
        if found.get("censored"):
            return "hidden by no_log"
        failed = [one for one in items_of(found) if one.get("failed") or one.get("unreachable")]
        inner = ["%s: %s" % (label(one), "\n".join(reasons(one)) or "it does not say why") if not one.get("censored") else "hidden by no_log" for one in failed]
        return "\n".join(reasons(found) + inner)

    def diffs(self, found):
        if found.get("censored"):
            return []
        results = items_of(found) if "results" in found else [found]
        return [diff for one in results if one.get("changed") and not one.get("censored") for diff in as_list(one.get("diff")) if diff]

    def v2_playbook_on_stats(self, stats):
        for handler, task in self.untold.handlers_left():
            self.tell("handler", name=handler, by=task)
        self.tell("end-of-playbook", hosts={host: stats.summarize(host) for host in stats.processed})
