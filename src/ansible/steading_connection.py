"""Whether the variables of a playbook lead it to another machine than the one that it was handed."""

from ansible.template import Templar

# What decides, to the variable that it was handed over as. The older names win over the newer ones.
DECISIVE = {
    "ansible_connection": "ansible_connection",
    "ansible_host": "ansible_host",
    "ansible_ssh_host": "ansible_host",
    "ansible_port": "ansible_port",
    "ansible_ssh_port": "ansible_port",
    "ansible_user": "ansible_user",
    "ansible_ssh_user": "ansible_user",
    "ansible_ssh_args": "ansible_ssh_args",
}


def differing(play, declared):
    """Variables of the declared host in this play that are not as they were handed over: name, value, and what was handed over."""
    variables = play.get_variable_manager()
    inventory = variables._inventory
    if any("{{" in str(pattern) for pattern in (play.hosts if isinstance(play.hosts, list) else [play.hosts])):
        return []
    found = []
    for host in inventory.get_hosts(play.hosts):
        if host.get_name() not in declared:
            continue
        given = declared[host.get_name()]
        known = variables.get_vars(play=play, host=host)
        for name, handed in DECISIVE.items():
            # To this machine it does not matter what a connection over ssh would be.
            if name not in known or (name != "ansible_connection" and given.get("ansible_connection") == "local"):
                continue
            try:
                value = Templar(loader=play._loader, variables=known).template(known[name])
            except Exception:  # It is told as it is written.
                value = known[name]
            if str(value) != str(given.get(handed)):
                found.append({"name": name, "have": str(value), **({} if handed not in given else {"want": str(given[handed])})})
    return found
