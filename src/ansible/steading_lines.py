"""Tells what a playbook does as JSON, one event per line on standard output. What `no_log` hides never comes here."""

import json
import os
import re

from ansible import context
from ansible.parsing.vault import VaultLib
from ansible.plugins.callback import CallbackBase

MASK = "[secret]"
HEADER = b"$ANSIBLE_VAULT;"
# Values that give nothing away, and would hide what is no secret.
PLAIN = ("true", "false", "null", "none")
# What people read; the rest is Ansible's own words.
READ = ("name", "message", "diff", "cannotTell", "by")
# Where a task was skipped by its own condition, one of these says so; where check mode skipped it, none does.
BY_CONDITION = ("skip_reason", "skipped_reason", "false_condition")


def part(result, name):
    """A part of a result by its name since ansible-core 2.19, or before."""
    return getattr(result, name) if hasattr(result, name) else getattr(result, "_" + name)


def as_list(value):
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


class Vault:
    """Remembers what was decrypted, so that it can be masked."""

    def __init__(self):
        self.texts = set()
        original = VaultLib.decrypt
        remember = self.remember

        def decrypt(lib, *args, **kwargs):
            plain = original(lib, *args, **kwargs)
            remember(plain.decode("utf-8", "replace") if isinstance(plain, bytes) else str(plain))
            return plain

        VaultLib.decrypt = decrypt

    def remember(self, text):
        for line in text.splitlines():
            # A file of variables: what stands behind the key.
            value = re.sub(r"^[\s-]*(?:[\w.-]+\s*:\s)?\s*", "", line).strip().strip("'\"")
            self.texts.update(one for one in (line.strip(), value) if len(one) >= 4 and one.lower() not in PLAIN)

    def look_into(self, playbook):
        """Files of a vault beside the playbook: a task may read one in a process of its own."""
        loader = playbook._loader
        for directory, folders, files in os.walk(loader.get_basedir()):
            folders[:] = [folder for folder in folders if not folder.startswith(".") and folder != "node_modules"]
            # A pipe would be waited for.
            for path in filter(os.path.isfile, (os.path.join(directory, file) for file in files)):
                try:
                    with open(path, "rb") as file:
                        if file.read(len(HEADER)) == HEADER:
                            loader._vault.decrypt(HEADER + file.read())
                except Exception:  # Whoever needs the file hears of it.
                    continue

    def look_through(self, value):
        """Values of a vault among variables: to read one is to decrypt it."""
        if type(value).__name__ in ("EncryptedString", "AnsibleVaultEncryptedUnicode"):
            try:
                self.remember(str(value))
            except Exception:  # As above.
                return
        elif isinstance(value, dict):
            for inner in value.values():
                self.look_through(inner)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                self.look_through(inner)

    def mask(self, value):
        if isinstance(value, str):
            for text in sorted(self.texts, key=len, reverse=True):
                value = value.replace(text, MASK)
            return value
        if isinstance(value, dict):
            return {key: self.mask(inner) for key, inner in value.items()}
        return [self.mask(inner) for inner in value] if isinstance(value, list) else value


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "steading_lines"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.vault = Vault()
        # Variables that no task has set, as check mode skipped it, and that task's name.
        self.untold = {}
        self.notified = {}
        self.handlers_run = set()

    def tell(self, event, **fields):
        shown = {key: self.vault.mask(value) if key in READ else value for key, value in fields.items()}
        print(json.dumps({"steading": event, **shown}, default=str), flush=True)

    def v2_playbook_on_start(self, playbook):
        self.vault.look_into(playbook)

    def v2_playbook_on_play_start(self, play):
        self.play = play
        self.tell("play", name=play.get_name())

    def v2_playbook_on_no_hosts_matched(self):
        self.tell("no-hosts")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.start(task, False)

    def v2_playbook_on_handler_task_start(self, task):
        self.handlers_run.add(task.name)
        self.start(task, True)

    def start(self, task, handler):
        variables = self.play.get_variable_manager()
        for host in variables._inventory.get_hosts():
            known = variables.get_vars(play=self.play, host=host, task=task)
            self.vault.look_through({name: value for name, value in known.items() if name not in ("hostvars", "ansible_facts", "vars")})
        self.tell("task", id=task._uuid, name=task.get_name(), at=task.get_path() or "", handler=handler)

    def v2_runner_on_ok(self, result):
        self.end(result, "changed" if part(result, "result").get("changed") else "ok")

    def v2_runner_on_skipped(self, result):
        self.end(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.end(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result):
        self.end(result, "unreachable")

    def end(self, result, status):
        task, found = part(result, "task"), part(result, "result")
        cannot_tell = self.cannot_tell(task, found, status)
        self.tell(
            "end",
            id=task._uuid,
            host=part(result, "host").get_name(),
            status=status,
            message=self.message(found),
            diff=self.diffs(found),
            **({} if cannot_tell is None else {"cannotTell": cannot_tell}),
        )

    def message(self, found):
        if found.get("censored"):
            return "hidden by no_log"
        parts = [found.get("msg")] + [one.get("msg") for one in found.get("results", []) if isinstance(one, dict) and one.get("failed")]
        parts += [found.get(name) for name in ("stderr", "module_stderr") if found.get("rc")]
        return "\n".join(str(one).strip() for one in parts if one)

    def diffs(self, found):
        if found.get("censored"):
            return []
        results = [one for one in found.get("results", []) if isinstance(one, dict)] if "results" in found else [found]
        return [diff for one in results if one.get("changed") and not one.get("censored") for diff in as_list(one.get("diff")) if diff]

    def cannot_tell(self, task, found, status):
        """Why check mode cannot say what this task does; None where it can. What follows from such a task cannot be told, either."""
        if not context.CLIARGS.get("check"):
            return None
        reason = self.skipped_by_check_mode(found) if status == "skipped" else None
        if reason is None and status in ("ok", "skipped", "failed", "ignored"):
            reason = self.follows(task)
        if reason is not None and status != "ok":
            for handler in as_list(task.notify):
                self.notified.setdefault(str(handler), task.get_name())
        if reason is not None:
            names = as_list(task.register) + (list(task.args) if task.action.split(".")[-1] == "set_fact" else [])
            self.untold.update({name: task.get_name() for name in names})
        return reason

    def skipped_by_check_mode(self, found):
        for one in [found] + [one for one in found.get("results", []) if isinstance(one, dict)]:
            nothing = one is found and "results" in found
            if not nothing and not any(key in one for key in BY_CONDITION):
                return str(one.get("msg") or "check mode does not run it")
        return None

    def follows(self, task):
        used = json.dumps([as_list(task.when), task.loop, task.args, as_list(task.changed_when), as_list(task.failed_when)], default=str)
        for name, source in self.untold.items():
            if re.search(r"\b%s\b" % re.escape(name), used):
                return "it uses %s of task %s, which check mode does not run" % (name, source)
        return None

    def v2_playbook_on_stats(self, stats):
        for handler, task in self.notified.items():
            if handler not in self.handlers_run:
                self.tell("handler", name=handler, by=task)
        self.tell("end-of-playbook", hosts={host: stats.summarize(host) for host in stats.processed})
