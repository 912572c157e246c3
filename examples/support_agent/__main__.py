"""The command line: serve one version of the agent."""

import argparse

from examples.support_agent.versions import VERSIONS, version_named


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m examples.support_agent", description=__doc__)
    parser.add_argument("--version", choices=VERSIONS, default="stable", help="which version answers")
    parser.add_argument("--port", type=int, default=8080, help="TCP port to listen on")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--thinking-ms", type=float, default=0.0, help="milliseconds that each model-like step takes")
    options = parser.parse_args()

    # After parsing, so that --help and a wrong option answer at once.
    import uvicorn

    from examples.support_agent.service import Service
    from examples.support_agent.telemetry import telemetry_from_environment

    service = Service(
        version_named(options.version),
        telemetry=telemetry_from_environment(options.version),
        thinking_s=options.thinking_ms / 1000,
    )
    uvicorn.run(service.app(), host=options.host, port=options.port, log_level="warning", ws="none")


if __name__ == "__main__":
    main()
