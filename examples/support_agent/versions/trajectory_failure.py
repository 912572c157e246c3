"""A version told to double-check: it repeats its look-ups, and sometimes forgets the policy over it."""

from examples.support_agent.requests import Request
from examples.support_agent.run import Run
from examples.support_agent.versions.stable import Stable, falls_on

LOOKUPS = {"lookup_order", "find_orders_by_email", "get_customer", "track_shipment", "get_policy", "check_stock"}
DOUBLE_CHECKED_PERCENT = 22
POLICY_SKIPPED_PERCENT = 20


class TrajectoryFailure(Stable):
    """The answer is nearly always right; the way to it is three times as long, or leaves out the verification."""

    name = "trajectory_failure"

    def checks_policy(self, run: Run, topic: str) -> bool:
        """Takes the policy as known for some inputs."""
        return not falls_on(run.text, "policy", POLICY_SKIPPED_PERCENT)

    def after_request(self, run: Run, request: Request, part: str) -> str:
        """Looks everything up twice more, to be sure."""
        if falls_on(run.text, "double-check", DOUBLE_CHECKED_PERCENT):
            seen = [call for call in run.calls if call.name in LOOKUPS and call.error is None and call.agent is None]
            for _ in range(2):
                for call in seen:
                    run.call(call.name, "I make sure that nothing has changed meanwhile.", **call.args)
        return part
