from sluice.golden.case import Stratum
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scoring import TrialScorer
from tasks.baselines import BaselineFile, Pin
from tasks.files import read_dataset
from tasks.gate.evidence import (
    NO_BASELINE,
    gather_evidence,
    not_evaluated_score,
    score_baseline,
    trials_in_file,
)

CASES = """
cases:
  - {id: a, input: x, expect: {answer: {contains: [good]}}, variants: [{id: p, input: y, outcome: same}]}
  - {id: b, tier: critical, input: x, expect: {answer: {contains: [good]}}}
  - {id: c, tier: rare, input: x, expect: {answer: {contains: [good]}}}
"""


def strata_of(tmp_path) -> tuple[Stratum, ...]:
    path = tmp_path / "cases.yaml"
    path.write_text(CASES, encoding="utf8")
    return read_dataset(path).strata


def run(case_id: str, trial: int = 0, variant: str = "", output: str = "good") -> RecordedRun:
    return RecordedRun(key=TrialKey(case_id=case_id, variant=variant, trial=trial), output=output)


def test_a_baseline_counts_where_the_stimulus_is_the_same(tmp_path):
    strata = strata_of(tmp_path)
    digests = {stratum.name: stratum.stimulus_digest for stratum in strata}
    runs = (run("a"), run("a", 1), run("a", variant="p"), run("b", output="bad"), run("gone"))
    pin = Pin(stimuli=digests | {"a/p": "0" * 64})
    scored = score_baseline(BaselineFile(source="f", pin=pin, runs=runs), strata, TrialScorer(strata))
    assert {name: [score.passed for score in found] for name, found in scored.scores.items()} == {
        "a": [True, True],
        "b": [False],
    }
    assert scored.changed == {"a/p"}


def test_a_plain_file_of_runs_counts_whole(tmp_path):
    strata = strata_of(tmp_path)
    scored = score_baseline(BaselineFile(source="f", pin=None, runs=(run("a"),)), strata, TrialScorer(strata))
    assert (set(scored.scores), scored.changed) == ({"a"}, frozenset())


def test_evidence_is_in_the_order_of_the_dataset_and_says_what_is_new(tmp_path):
    strata = strata_of(tmp_path)
    scorer = TrialScorer(strata)
    planned = {stratum.name: 2 for stratum in strata}
    baseline = score_baseline(BaselineFile(source="f", pin=None, runs=(run("a"),)), strata, scorer)
    candidate = [scorer.score(run("b", 1)), scorer.score(run("b", 0)), scorer.score(run("a"))]
    found = gather_evidence(strata, planned=planned, candidate=candidate, baseline=baseline, has_baseline=True)
    assert [(piece.stratum.name, len(piece.candidate), piece.note) for piece in found] == [
        ("a", 1, ""),
        ("a/p", 0, "new"),
        ("b", 2, "new"),
        ("c", 0, "new"),
    ]
    assert [score.key.trial for score in found[2].candidate] == [0, 1]
    alone = gather_evidence(strata, planned=planned, candidate=[], baseline=NO_BASELINE, has_baseline=False)
    assert {piece.note for piece in alone} == {""}


def test_a_complete_file_holds_as_many_trials_as_its_tiers_fullest_stratum(tmp_path):
    strata = strata_of(tmp_path)
    planned = trials_in_file(strata, [run("a", 2), run("a", variant="p"), run("b", 1), run("gone", 9)])
    # standard: trial 2 of a means 3; critical: 2; nothing of tier rare is there, so it is owed as many as any tier has
    assert planned == {"a": 3, "a/p": 3, "b": 2, "c": 3}
    assert set(trials_in_file(strata, []).values()) == {1}


def test_a_trial_without_an_answer_is_neither_passed_nor_failed():
    score = not_evaluated_score(TrialKey(case_id="a"), "agent down")
    assert (score.evaluated, score.passed, score.reasons) == (False, None, ("agent down",))
