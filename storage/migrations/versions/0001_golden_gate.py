"""Datasets, identities, runs, trials with their attempts and scores, verdicts and baselines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# Ordered by code point: pages are cut by it. SQLite orders so by itself.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "agent_identity",
        text("agent"),
        text("digest"),
        text("version"),
        text("fingerprint"),
        text("git_commit"),
        text("dirty"),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("agent", "digest", name="pk_agent_identity"),
    )
    op.create_table(
        "baseline",
        text("agent"),
        text("content_digest"),
        sa.Column("pinned_at", TIME, nullable=False),
        text("pinned_by"),
        text("path"),
        text("run_id"),
        text("identity_digest"),
        sa.Column("n_trials", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "content_digest", "pinned_at", name="pk_baseline"),
    )
    op.create_table(
        "dataset",
        text("agent"),
        text("version"),
        text("path"),
        sa.Column("n_cases", sa.Integer(), nullable=False),
        sa.Column("n_strata", sa.Integer(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("agent", "version", name="pk_dataset"),
    )
    op.create_table(
        "golden_case",
        text("agent"),
        text("dataset_version"),
        text("case_id"),
        text("variant"),
        text("tier"),
        text("stimulus_digest"),
        text("expectation_digest"),
        sa.PrimaryKeyConstraint("agent", "dataset_version", "case_id", "variant", name="pk_golden_case"),
    )
    create_run()
    create_results()


def create_run() -> None:
    op.create_table(
        "run",
        text("run_id"),
        text("agent"),
        text("kind"),
        text("identity_digest"),
        text("dataset_version"),
        text("engine"),
        text("plan"),
        text("state"),
        text("reason"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        text("owner"),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_run"),
    )
    op.create_index("ix_run_agent_created_at_run_id", "run", ["agent", "created_at", "run_id"])


def create_results() -> None:
    op.create_table(
        "trial",
        text("run_id"),
        text("case_id"),
        text("variant"),
        sa.Column("trial", sa.Integer(), nullable=False),
        text("status"),
        sa.Column("latency_s", sa.Float(), nullable=True),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        text("stimulus_digest"),
        text("trace_id", nullable=True),
        sa.Column("recorded_at", TIME, nullable=False),
        text("recorded_run"),
        sa.PrimaryKeyConstraint("run_id", "case_id", "variant", "trial", name="pk_trial"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_trial_run_id"),
    )
    op.create_table(
        "trial_attempt",
        text("run_id"),
        text("case_id"),
        text("variant"),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        text("error"),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "case_id", "variant", "trial", "fence", "attempt", name="pk_trial_attempt"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_trial_attempt_run_id"),
    )
    op.create_table(
        "trial_score",
        text("run_id"),
        text("case_id"),
        text("variant"),
        sa.Column("trial", sa.Integer(), nullable=False),
        text("scorer_version"),
        text("dataset_version"),
        text("judge_digest"),
        sa.Column("evaluated", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("precision", sa.Float(), nullable=True),
        sa.Column("recall", sa.Float(), nullable=True),
        sa.Column("order", sa.Float(), nullable=True),
        sa.Column("parameters", sa.Float(), nullable=True),
        sa.Column("efficiency", sa.Float(), nullable=True),
        sa.Column("trajectory", sa.Float(), nullable=True),
        sa.Column("scored_at", TIME, nullable=False),
        text("score"),
        sa.PrimaryKeyConstraint(
            "run_id",
            "case_id",
            "variant",
            "trial",
            "scorer_version",
            "dataset_version",
            "judge_digest",
            name="pk_trial_score",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_trial_score_run_id"),
    )
    op.create_table(
        "verdict",
        text("run_id"),
        text("evidence_digest"),
        text("verdict"),
        sa.Column("decided_at", TIME, nullable=False),
        text("report"),
        text("facts"),
        sa.PrimaryKeyConstraint("run_id", "evidence_digest", name="pk_verdict"),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_verdict_run_id"),
    )


def downgrade() -> None:
    for table in (
        "verdict",
        "trial_score",
        "trial_attempt",
        "trial",
        "run",
        "golden_case",
        "dataset",
        "baseline",
        "agent_identity",
    ):
        op.drop_table(table)
