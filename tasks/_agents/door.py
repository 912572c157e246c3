"""The door to the agent under test: opened once a run, asked once a trial."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import AgentUnreachableError
from sluice.settings.agent import AgentSettings
from sluice.trials.recorded import RecordedRun
from sluice.trials.responses import failed_run
from tasks._agents.costs import CostMeter
from tasks._agents.doors import Door, make_door
from tasks._agents.health import check_health, health_of
from tasks._agents.request import TrialRequest
from tasks._agents.reset import Reset
from tasks._agents.service import AgentService, free_port, start_service
from tasks._agents.templates import places, static_values
from tasks.policy import AgentDownError, Policy, outside_failure

_HEALTH_WITHIN_S = 1.0


def ask_policy(settings: AgentSettings) -> Policy:
    """How a trial is tried: connection faults ``connect_tries`` times, answers never."""
    return Policy(tries=settings.connect_tries, delays_s=(0.25, 1.0, 4.0), retry_on=outside_failure)


class Agent:
    """The agent under test, ready to be asked.

    Args:
        settings: The agent section.
        door: How it is reached.
        service: Its process, where Sluice started it.
        reset: How the world is put back, where that is asked for.
        costs: What it has cost.
        opened: What is to be closed.
    """

    def __init__(
        self,
        settings: AgentSettings,
        *,
        door: Door,
        service: AgentService | None,
        reset: Reset | None,
        costs: CostMeter,
        opened: AsyncExitStack,
    ) -> None:
        self.costs = costs
        self._door = door
        self._opened = opened
        self._reset = reset
        self._service = service
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """Run one trial, at most ``agent.concurrency`` at once.

        Returns:
            The completed run; a failed trial (``timed_out``, ``aborted``) with its reason; or ``not_evaluated`` where
            the cost limit is reached or nothing was recorded.

        Raises:
            AgentUnreachableError: Nobody answered, another try may help. With AgentDownError it cannot.
        """
        async with self._slots:
            refusal = self.costs.refusal()
            if refusal is not None:
                return failed_run(request.key, "not_evaluated", refusal)
            await self._raise_if_ended()
            try:
                async with self._reset.fresh_world(request) if self._reset is not None else nullcontext():
                    run = await self._door.ask(request)
            except AgentDownError:
                raise
            except AgentUnreachableError:
                # A connection is reset a moment before its process counts as ended.
                await asyncio.sleep(0.05 if self._service is not None else 0)
                await self._raise_if_ended()
                raise
            if run.status != "not_evaluated":
                self.costs.add(run.cost_usd)
            return run

    async def close(self) -> None:
        """Close every connection and end every process, whatever happens."""
        await self._opened.aclose()

    async def _raise_if_ended(self) -> None:
        fault = await self._service.fault() if self._service is not None else None
        if fault is not None:
            raise fault


async def start_agent(
    settings: AgentSettings,
    *,
    root: Path,
    version: str,
    env: Mapping[str, str] | None = None,
    spent_usd: float = 0.0,
) -> Agent:
    """Start the agent where that is asked for, make sure it is there, and open the way to it.

    It may run as a task of its own beside other work. The caller owns the agent and closes it.

    Args:
        settings: The agent section.
        root: Folder of the settings file; relative paths and the started agent's working directory.
        version: What ``{{version}}`` stands for.
        env: Environment of started processes and of ``{{env.NAME}}``; this process's own where None.
        spent_usd: US dollars already spent, where a run resumes.

    Raises:
        UsageError: The settings cannot be carried out.
        AgentUnreachableError: The agent could not be started or is not healthy; a started one's last lines are quoted.
    """
    environment = dict(os.environ if env is None else env)
    values = _static_values(settings, environment, version)
    door = make_door(settings, root=root, static=values, env=environment)
    reset = _reset_of(settings, root, values, environment)
    health = health_of(settings, values)
    async with AsyncExitStack() as opened:
        if settings.start is not None:
            service = await start_service(settings, root=root, values=values, env=environment, health=health)
            opened.push_async_callback(service.stop)
        else:
            service = None
            if health is not None:
                await check_health(health, within_s=_HEALTH_WITHIN_S)
        # Closed before the service is stopped: a server that waits for its connections then ends at once.
        opened.push_async_callback(door.close)
        await door.open()
        if reset is not None and reset.before_run:
            await reset.run()
        return Agent(
            settings,
            door=door,
            service=service,
            reset=reset,
            costs=CostMeter(limit_usd=settings.max_cost_usd, spent_usd=spent_usd),
            opened=opened.pop_all(),
        )


@asynccontextmanager
async def open_agent(
    settings: AgentSettings,
    *,
    root: Path,
    version: str,
    env: Mapping[str, str] | None = None,
    spent_usd: float = 0.0,
) -> AsyncIterator[Agent]:
    """The agent for the length of a block; what was started is ended with it. See ``start_agent``.

    Raises:
        UsageError: The settings cannot be carried out.
        AgentUnreachableError: The agent could not be started or is not healthy.
    """
    agent = await start_agent(settings, root=root, version=version, env=env, spent_usd=spent_usd)
    try:
        yield agent
    finally:
        await agent.close()


def _reset_of(settings: AgentSettings, root: Path, static: Mapping[str, Json], env: Mapping[str, str]) -> Reset | None:
    if settings.reset is None:
        return None
    return Reset(settings, settings.reset, root=root, static=static, env=env)


def _static_values(settings: AgentSettings, env: Mapping[str, str], version: str) -> dict[str, Json]:
    """What is known before the first request; a port is chosen only where one is asked for."""
    templates = settings.model_dump(include={"start", "health", "http", "command", "reset"})
    port = free_port() if settings.start is not None and "port" in places(settings.start) else None
    return static_values([templates], env=env, port=port, version=version)
