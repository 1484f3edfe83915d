"""What check mode cannot tell: the tasks that it skips, the variables that they would set, and all that uses those."""

import glob
import os
import re

from ansible.playbook.handler import Handler

# Where a task was skipped by its own condition, one of these says so; where check mode skipped it, none does.
BY_CONDITION = ("skip_reason", "skipped_reason", "false_condition")
# Of a command that would run, check mode knows that it would, and no more.
WOULD_RUN = "would have run if not in check mode"
STATUS = r"(?!\.changed\b|\s+is\s+(?:not\s+)?(?:changed|failed|skipped|succeeded|success)\b)"
# Variables that hold all others, or nothing that a playbook says.
NOT_WRITTEN = ("hostvars", "ansible_facts", "vars")
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
LEADS_ON = re.compile(r"\{%[-+]?\s*(?:include|import|from|extends)\s+['\"]([^'\"]+)['\"]")
LOOKUP = re.compile(r"(?:lookup|query|q)\(\s*['\"](?:ansible\.builtin\.)?template['\"]\s*,\s*['\"]([^'\"]+)['\"]")


def as_list(value):
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def items_of(found):
    return [one for one in found.get("results") or [] if isinstance(one, dict)]


def strings(value):
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(key)
            yield from strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings(inner)


def templates_in(value):
    return [template for text in strings(value) for template in TEMPLATE.findall(text)]


def short_action(task):
    return task.action.split(".")[-1]


def template_texts(task, names, seen):
    """The sources of templates by name, and of those that they include; a part that is a template itself stands for any text."""
    places = [place for path in task.get_search_path() for place in (path, os.path.dirname(path))] + [task._loader.get_basedir()]
    folders = [os.path.join(place, inner) for place in places for inner in ("templates", "")]
    for name in names:
        pattern = "*".join(glob.escape(part) for part in TEMPLATE.split(name))
        found = next(filter(None, (glob.glob(os.path.join(folder, pattern)) for folder in folders)), [])
        for path in filter(os.path.isfile, set(found) - seen):
            seen.add(path)
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            yield text
            yield from template_texts(task, LEADS_ON.findall(text), seen)


class Untold:
    def __init__(self):
        # Names of variables and hosts, to the task that would set them, and what must not follow a name that is used.
        self.names = {}
        # What tasks are made of, as it is written: when a task has ended, values stand there.
        self.written = {}
        self.called, self.maybe_called, self.handlers_run = set(), {}, set()

    def begin(self, task):
        self.written[task._uuid] = "\n".join(self.expressions(task))

    def reason(self, task, host, found, status, known):
        """Why check mode cannot say what this task does; None where it can."""
        reason = self.skipped(found, status) or self.follows(task, known) or self.maybe_a_handler(task)
        if reason is not None or status == "changed":
            for handler in as_list(task.notify):
                if reason is None:
                    self.called.add(str(handler))
                else:
                    self.maybe_called.setdefault(str(handler), task.get_name())
        would_run = any(WOULD_RUN in str(one.get("msg")) for one in [found] + items_of(found))
        for name in as_list(task.register) + (list(task.args) if short_action(task) == "set_fact" else []):
            self.names.pop((name, host), None)
            if reason is not None or would_run:
                self.names[(name, host)] = (task.get_name(), "" if reason is not None else STATUS)
        return reason

    def skipped(self, found, status):
        """What check mode says of a task, or of an item of its loop, that it does not run."""
        inner = items_of(found)
        skipped = [one for one in inner if one.get("skipped")] if "results" in found else [found] if status == "skipped" else []
        for one in skipped:
            if not any(key in one for key in BY_CONDITION):
                return str(one.get("msg") or "check mode does not run it")
        return None

    def follows(self, task, known):
        if not self.names:
            return None
        patterns = {name: (re.compile(r"\b%s\b%s" % (re.escape(name), but)), name, source) for (name, _), (source, but) in self.names.items()}
        variables = {name: "\n".join(templates_in(value)) for name, value in known.items() if name not in NOT_WRITTEN}
        used = self.written.get(task._uuid, "")
        # Variables that are made of such variables.
        while True:
            through = {name: next((by for by in patterns.values() if by[0].search(text)), None) for name, text in variables.items() if text and name not in patterns}
            through = {name: (re.compile(r"\b%s\b" % re.escape(name)), by[1], by[2]) for name, by in through.items() if by is not None}
            if not through:
                break
            patterns.update(through)
        for pattern, name, source in patterns.values():
            if pattern.search(used):
                return "it uses %s of task %s, which check mode does not run" % (name, source)
        return None

    def expressions(self, task):
        """All expressions that a task is made of."""
        conditions = [task.when, task.changed_when, task.failed_when, task.until, task.args.get("that"), task.args.get("var")]
        templated = [task.loop, task.args, task.environment, task.delegate_to]
        names = [str(task.args.get("src"))] if short_action(task) in ("template", "win_template") else []
        names += [name for text in strings(task.args) for name in LOOKUP.findall(text)]
        return [*strings(conditions), *templates_in(templated), *templates_in(list(template_texts(task, names, set())))]

    def maybe_a_handler(self, task):
        if not isinstance(task, Handler):
            return None
        names = {task.name, task.get_name(), *map(str, as_list(task.listen))}
        self.handlers_run |= names
        by = None if names & self.called else next((self.maybe_called[name] for name in names if name in self.maybe_called), None)
        return None if by is None else "task %s may call it, and nothing can be told of that task" % by

    def handlers_left(self):
        """Handlers that may be called and were not, and the task that may call each."""
        return [(handler, task) for handler, task in self.maybe_called.items() if handler not in self.handlers_run]
