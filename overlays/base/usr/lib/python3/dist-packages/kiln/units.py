"""The units of systemd that run k0s."""

import subprocess

K0S_UNITS = ("k0scontroller.service", "k0sworker.service")


class Units:
    """systemd's manager."""

    def running(self) -> set[str]:
        """Those that were started, and not stopped since."""
        done = subprocess.run(
            ["systemctl", "show", "--property=ActiveState", "--value", *K0S_UNITS],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        states = done.stdout.split()
        return {unit for unit, state in zip(K0S_UNITS, states) if state in ("active", "activating", "reloading")}

    def start(self, unit: str) -> None:
        """Does not wait: k0s's start takes minutes, and this unit may come before it in the queue."""
        subprocess.run(["systemctl", "start", "--no-block", unit], stdin=subprocess.DEVNULL, check=True)
        # It looks seldom while nothing is started; early in a boot it does not run yet, and that is no failure.
        look = ["systemctl", "reload", "--no-block", "--quiet", "kiln-health.service"]
        subprocess.run(look, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
