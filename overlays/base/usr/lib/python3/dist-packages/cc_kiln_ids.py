"""
A module of cloud-init, in front of users_groups: users and groups without a number get the same one on
each boot. cloud-init would leave the choice to useradd, which knows only the /etc of this boot.
"""

from typing import Any

from cloudinit import subp, util
from cloudinit.cloud import Cloud
from cloudinit.settings import PER_ALWAYS
from kiln.ids import number_of

meta = {"id": "cc_kiln_ids", "distros": ["all"], "frequency": PER_ALWAYS, "activate_by_schema_keys": []}


def handle(name: str, cfg: dict[str, Any], cloud: Cloud, args: list[Any]) -> None:
    """Has the distribution's own functions ask for numbers; users_groups calls them next."""
    distro = cloud.distro
    taken = _given(cfg)
    add_user, create_group = distro.add_user, distro.create_group

    def add_user_with_number(user: str, **settings: Any) -> bool:
        if not settings.get("uid") and not settings.get("system") and not util.is_user(user):
            settings["uid"] = number_of(user, taken)
        return bool(add_user(user, **settings))

    def create_group_with_number(group: str, members: list[str] | None = None) -> None:
        if util.is_group(group):
            create_group(group, members)
            return
        subp.subp(["groupadd", "--gid", str(number_of(group, taken)), group])
        for member in members or []:
            subp.subp(["usermod", "-a", "-G", group, member])

    distro.add_user = add_user_with_number
    distro.create_group = create_group_with_number


def _given(cfg: dict[str, Any]) -> set[int]:
    """The numbers that the seed gives itself."""
    users = cfg.get("users")
    numbers = [user.get("uid") for user in users if isinstance(user, dict)] if isinstance(users, list) else []
    return {int(number) for number in numbers if str(number).isdigit()}
