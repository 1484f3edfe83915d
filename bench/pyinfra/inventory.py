import json

with open("target.json", encoding="utf-8") as target:
    host = json.load(target)

hosts = [
    (
        host["address"],
        {
            "ssh_user": host["user"],
            "ssh_port": host["port"],
            "ssh_key": host["identityFile"],
            "ssh_known_hosts_file": host["knownHosts"],
            "ssh_strict_host_key_checking": "yes",
        },
    )
]
