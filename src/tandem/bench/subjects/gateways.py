"""Other ways to a language model: LiteLLM's proxy, and a relay that looks at nothing."""

import sys
from typing import Final

from tandem.bench.measure.server import Server, free_port
from tandem.bench.subjects.world import World

QUIET: Final = {
    "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "LITELLM_MODE": "PRODUCTION",
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true", "NO_PROXY": "127.0.0.1", "HF_HUB_OFFLINE": "1",
}  # fmt: skip
BEARER: Final = {"Authorization": "Bearer sk-bench"}


def relay(world: World, upstream: Server) -> Server:
    """Aiohttp that hands everything on, one process: the least that a gateway can cost."""

    def start() -> Server:
        port = free_port()
        command = [
            sys.executable, str(world.root / "passthrough.py"), "--port", str(port), "--upstream", f"http://127.0.0.1:{upstream.port}",
        ]  # fmt: skip
        return Server("bare relay", command, port=port, home=world.place("relay"), probe="/livez")

    return world.server(f"relay to {upstream.port}", start)


def litellm(world: World, upstream: Server, model: str, *, workers: int = 1) -> Server:
    """LiteLLM's proxy without its database, cache, keys and telemetry; retries off."""
    python = world.litellm.python()

    def start() -> Server:
        port, home = free_port(), world.place("litellm")
        (home / "config.yaml").write_text(
            f'model_list:\n  - model_name: "{model}"\n    litellm_params:\n      model: "openai/{model}"\n'
            f'      api_base: "http://127.0.0.1:{upstream.port}/v1"\n      api_key: "sk-bench"\n'
            "litellm_settings:\n  num_retries: 0\n  telemetry: false\nrouter_settings:\n  num_retries: 0\ngeneral_settings: {}\n",
            encoding="utf-8",
        )
        command = [
            str(python.parent / "litellm"), "--config", str(home / "config.yaml"), "--host", "127.0.0.1", "--port", str(port),
            "--num_workers", str(workers), "--telemetry", "False",
        ]  # fmt: skip
        return Server(
            "LiteLLM", command, port=port, home=home, probe="/health/liveliness", settings=QUIET, headers=lambda _: BEARER
        )  # fmt: skip

    return world.server(f"LiteLLM to {upstream.port}", start)
