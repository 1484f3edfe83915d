"""What a run decrypts, so that it can be masked in all that is told."""

import json
import os

import yaml
from ansible.parsing.vault import VaultLib

MASK = "[secret]"
HEADER = b"$ANSIBLE_VAULT;"
# Values that give nothing away, and would hide what is no secret.
PLAIN = ("true", "false", "null", "none")


def scalars(text):
    """Every value in a text of YAML: as it is, and as it is written there."""
    waiting, seen = list(yaml.compose_all(text, Loader=yaml.SafeLoader)), set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield node.value
            yield text[node.start_mark.index : node.end_mark.index]
        elif isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value


def written(value):
    """A value as files hold it: also within the quotes of JSON and YAML."""
    lines = [line.strip() for line in value.splitlines()]
    return {form for one in (value, value.strip(), *lines) for form in (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1], one.replace("'", "''"))}


class Vault:
    """Remembers what was decrypted, also by the processes in which tasks run."""

    def __init__(self, directory):
        self.texts = set()
        self.longest_first = []
        self.process = os.getpid()
        # Without a name: it is gone with the last process that has it open.
        path = os.path.join(directory, "decrypted-%d" % self.process)
        self.others = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        os.unlink(path)
        self.heard = 0
        original = VaultLib.decrypt
        tell = self.tell

        def decrypt(lib, *args, **kwargs):
            plain = original(lib, *args, **kwargs)
            tell(plain.decode("utf-8", "replace") if isinstance(plain, bytes) else str(plain))
            return plain

        VaultLib.decrypt = decrypt

    def tell(self, text):
        if os.getpid() == self.process:
            self.remember(text)
        else:
            os.write(self.others, json.dumps(text).encode() + b"\n")

    def listen(self):
        """Takes in what other processes have decrypted since."""
        data = os.pread(self.others, os.fstat(self.others).st_size - self.heard, self.heard)
        whole = data[: data.rfind(b"\n") + 1]
        self.heard += len(whole)
        for line in whole.splitlines():
            self.remember(json.loads(line))

    def remember(self, text):
        found = set(text.splitlines())
        try:
            found.update(scalars(text))
        except (yaml.YAMLError, RecursionError):  # No file of variables.
            pass
        forms = {form.strip() for one in found for form in written(one)}
        self.texts.update(one for one in forms if len(one) >= 4 and one.lower() not in PLAIN)

    def look_into(self, playbook):
        """Files of a vault beside the playbook: what they hold may be on the host already."""
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
        if len(self.longest_first) != len(self.texts):
            self.longest_first = sorted(self.texts, key=len, reverse=True)
        if isinstance(value, str):
            for text in self.longest_first:
                value = value.replace(text, MASK)
            return value
        if isinstance(value, dict):
            return {key: self.mask(inner) for key, inner in value.items()}
        return [self.mask(inner) for inner in value] if isinstance(value, (list, tuple)) else value
