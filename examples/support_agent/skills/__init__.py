"""What the agent can do, one function a request's intent."""
