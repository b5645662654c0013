"""Registering our deployments, from the same `prefect.yaml` that `prefect deploy --all` reads."""

import contextlib
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import load_flow_from_entrypoint

HERE = Path(__file__).parent.parent
POOL = "followthrough"
ACTION_DEPLOYMENT = "action/keep-time"


async def register() -> None:
    """Create the work pool and every deployment, or bring them up to date. Waiting runs are not touched."""
    definition = yaml.safe_load((HERE / "prefect.yaml").read_text())
    async with get_client() as client:
        with contextlib.suppress(ObjectAlreadyExists):
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for deployment in definition["deployments"]:
            await _register(client, deployment)


def module_path(entrypoint: str) -> str:
    """Where Python imports an entrypoint from: `flows/action.py:run_action` is `flows.action.run_action`."""
    return entrypoint.replace(".py:", ".").replace("/", ".")


async def _register(client: PrefectClient, deployment: dict[str, Any]) -> UUID:
    flow = load_flow_from_entrypoint(module_path(deployment["entrypoint"]), use_placeholder_flow=False)
    flow_id = await client.create_flow(flow)
    return await client.create_deployment(
        flow_id=flow_id,
        name=deployment["name"],
        entrypoint=deployment["entrypoint"],
        path=str(HERE),
        # A stock worker changes into the code's folder, as `prefect deploy` would have it do.
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(HERE)}}],
        work_pool_name=deployment["work_pool"]["name"],
        description=deployment.get("description"),
        tags=deployment.get("tags") or [],
        schedules=[
            DeploymentScheduleCreate(schedule=CronSchedule(cron=stated["cron"], timezone=stated["timezone"]))
            for stated in deployment.get("schedules") or []
        ],
        enforce_parameter_schema=False,
    )
