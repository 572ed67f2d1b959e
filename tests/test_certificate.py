"""A certificate is what its run found; whatever can be recomputed cannot be changed in it."""

from __future__ import annotations

import copy
import json
import os
import shutil
import stat
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from derivations import __version__
from derivations.certificate import making
from derivations.certificate.making import SourcesChanged, make
from derivations.certificate.models import PREDICATE, STATEMENT, Certificate, schema
from derivations.certificate.sources import canonical, digests, sha256
from derivations.certificate.verifying import verify
from derivations.certificate.writing import write_whole
from derivations.cli import main
from derivations.ledger import closure
from derivations.registry import claims

ROOT = Path(__file__).parents[1]
CLAIM = "bias-gradient"  # quick, and it uses another claim


def invoke(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def certificate():
    return make([CLAIM], seed=3)


@pytest.fixture
def data(certificate):
    return copy.deepcopy(certificate.data())


def check(data):
    return verify(json.dumps(data))


def entry(data, number=0):
    return data["predicate"]["colrow"]["claims"][number]


# --- its form ---


def test_it_is_an_in_toto_test_result(data):
    assert data["_type"] == STATEMENT == "https://in-toto.io/Statement/v1"
    assert data["predicateType"] == PREDICATE == "https://in-toto.io/attestation/test-result/v0.1"
    predicate = data["predicate"]
    assert predicate["result"] in ("PASSED", "WARNED", "FAILED")
    assert {"configuration", "passedTests", "warnedTests", "failedTests"} <= set(predicate)
    for descriptor in (*data["subject"], *predicate["configuration"]):
        assert len(descriptor["digest"]["sha256"]) == 64


def test_the_published_schema_is_the_models(data):
    published = json.loads((ROOT / "derivations/certificate/schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(published)
    jsonschema.Draft7Validator(published).validate(data)
    if version("pydantic").split(".")[:2] == ["2", "14"]:  # others may word a schema in another way
        assert published == schema()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(_type="other"),
        lambda d: d.update(subject=[]),
        lambda d: d["subject"][0]["digest"].update(sha256="abc"),
        lambda d: d["predicate"].update(result="GOOD"),
        lambda d: d["predicate"].pop("colrow"),
        lambda d: entry(d).update(status="fine"),
        lambda d: entry(d).update(cases=-1),
        lambda d: entry(d).update(more=1),
        lambda d: d["predicate"]["colrow"]["stated"].update(startedAt="yesterday"),
        lambda d: d["predicate"]["configuration"][0]["annotations"].update(seed="3"),
    ],
)
def test_the_schema_and_the_models_refuse_what_is_no_certificate(data, spoil):
    spoil(data)
    published = json.loads((ROOT / "derivations/certificate/schema.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft7Validator(published).is_valid(data)
    (reason,) = check(data).reasons
    assert "no certificate of this form" in reason


def test_it_tells_what_ran_and_what_did_not(data):
    record = data["predicate"]["colrow"]
    ran = {item["id"] for item in record["claims"]}
    assert ran == set(closure([CLAIM]))
    assert {item["id"] for item in record["claims"] if item["asked"]} == {CLAIM}
    left_out = {item["what"] for item in record["notRun"]}
    assert {f"claim {name}" for name in claims()} - left_out == {f"claim {name}" for name in ran}
    assert data["predicate"]["configuration"][0]["annotations"]["restricted"] is True
    assert {item["id"] for item in record["errata"]} == set(claims()[CLAIM].errata)
    tests = [
        name for kind in ("passedTests", "warnedTests", "failedTests") for name in data["predicate"][kind]
    ]
    assert len(tests) == len(set(tests)) == len(record["claims"]) + len(record["errata"])
    for item in record["claims"]:
        assert item["evidence"]
        passed = (one["cases"] for one in item["evidence"] if one["outcome"] == "passed")
        assert item["cases"] == sum(passed) > 0


def test_every_source_is_listed(data):
    listed = {source["name"]: source["digest"]["sha256"] for source in data["subject"]}
    here = {
        path.relative_to(ROOT).as_posix(): sha256(path.read_bytes())
        for package in ("colnet", "rownet", "derivations")
        for path in (ROOT / package).rglob("*.py")
    }
    assert listed.keys() == here.keys()


def test_versions_are_those_that_are_installed(data):
    versions = data["predicate"]["colrow"]["versions"]
    assert versions["colrow"] == __version__
    for name in ("numpy", "sympy", "mpmath"):
        assert versions[name] == version(name)
    assert versions["blas"]


def test_the_digest_of_the_settings_is_theirs(data):
    (configuration,) = data["predicate"]["configuration"]
    assert configuration["digest"]["sha256"] == sha256(canonical(configuration["annotations"]))


def test_a_repeated_run_says_the_same_and_another_seed_does_not(certificate):
    again, other = make([CLAIM], seed=3), make([CLAIM], seed=4)

    def samples(found):
        return [record.sample for record in found.predicate.colrow.claims]

    assert samples(certificate) == samples(again)
    assert not set(samples(certificate)) & set(samples(other))
    assert len(set(samples(certificate))) == len(samples(certificate))


# --- verifying ---


def test_it_accepts_its_own(data):
    verdict = check(data)
    assert verdict.accepted, verdict.reasons
    assert set(verdict.stated) == {"startedAt", "seconds", "host"}


def test_what_is_only_stated_may_say_anything_and_is_marked(data):
    data["predicate"]["colrow"]["stated"].update(
        startedAt="1999-01-01T00:00:00Z", seconds=0.5, host="a toaster"
    )
    verdict = check(data)
    assert verdict.accepted
    assert verdict.stated["host"] == "a toaster"


def fake_status(d):
    entry(d)["status"] = "weaker" if entry(d)["status"] == "confirmed" else "confirmed"


def consistent_seed(d):
    """Change the seed, and the digest of the settings with it."""
    (configuration,) = d["predicate"]["configuration"]
    configuration["annotations"]["seed"] += 1
    configuration["digest"]["sha256"] = sha256(canonical(configuration["annotations"]))


def consistent_claims(d):
    """Say that another claim was asked for as well."""
    (configuration,) = d["predicate"]["configuration"]
    configuration["annotations"]["claims"] = ["layer", CLAIM]
    configuration["digest"]["sha256"] = sha256(canonical(configuration["annotations"]))


TAMPERINGS = {
    "status": fake_status,
    "level": lambda d: entry(d).update(level="float"),
    "required": lambda d: entry(d).update(required="float"),
    "cases": lambda d: entry(d).update(cases=entry(d)["cases"] + 1),
    "cases of a check": lambda d: entry(d)["evidence"][0].update(cases=10**6),
    "outcome": lambda d: entry(d)["evidence"][0].update(outcome="failed"),
    "level of a check": lambda d: entry(d)["evidence"][-1].update(level="every size"),
    "detail": lambda d: entry(d)["evidence"][0].update(detail="very well"),
    "premises": lambda d: entry(d)["evidence"][0].update(premises=["all is well"]),
    "a check left out": lambda d: entry(d)["evidence"].pop(),
    "a check twice": lambda d: entry(d)["evidence"].append(entry(d)["evidence"][0]),
    "a claim left out": lambda d: d["predicate"]["colrow"]["claims"].pop(),
    "a claim renamed": lambda d: entry(d).update(id="weight-gradient"),
    "conventions swapped": lambda d: d["predicate"]["colrow"]["claims"].reverse(),
    "title": lambda d: entry(d).update(title="another"),
    "asked": lambda d: entry(d).update(asked=not entry(d)["asked"]),
    "sample": lambda d: entry(d).update(sample="0" * 64),
    "seed": lambda d: d["predicate"]["configuration"][0]["annotations"].update(seed=0),
    "seed and its digest": consistent_seed,
    "claims and their digest": consistent_claims,
    "restricted": lambda d: d["predicate"]["configuration"][0]["annotations"].update(restricted=False),
    "digest of the settings": lambda d: d["predicate"]["configuration"][0]["digest"].update(sha256="0" * 64),
    "digest of a source": lambda d: d["subject"][0]["digest"].update(sha256="0" * 64),
    "a source left out": lambda d: d["subject"].pop(),
    "a source more": lambda d: d["subject"].append({"name": "colnet/x.py", "digest": {"sha256": "0" * 64}}),
    "a source twice": lambda d: d["subject"].append(d["subject"][0]),
    "sources in another order": lambda d: d["subject"].reverse(),
    "result": lambda d: d["predicate"].update(result="FAILED"),
    "passed tests": lambda d: d["predicate"]["passedTests"].append("claim chain [row]"),
    "failed tests": lambda d: d["predicate"]["failedTests"].append("claim chain [row]"),
    "what was not run": lambda d: d["predicate"]["colrow"]["notRun"].pop(),
    "erratum": lambda d: d["predicate"]["colrow"]["errata"][0].update(status="failed"),
    "erratum's cases": lambda d: d["predicate"]["colrow"]["errata"][0].update(cases=0),
    "erratum left out": lambda d: d["predicate"]["colrow"]["errata"].pop(),
    **{
        f"version of {name}": lambda d, name=name: d["predicate"]["colrow"]["versions"].update({name: "9.9"})
        for name in (
            "colrow",
            "python",
            "implementation",
            "numpy",
            "sympy",
            "mpmath",
            "blas",
            "system",
            "machine",
        )
    },
}


@pytest.fixture(scope="module")
def repeated(certificate):
    """Run once for all tamperings; each is compared with a run of the settings that it claims."""
    runs = {}

    def run(names, **settings):
        settings.pop("jobs"), settings.pop("progress")
        key = (tuple(names), tuple(settings["packages"]), settings["seed"])
        if key not in runs:
            runs[key] = make(names, **settings)
        return runs[key]

    return run


@pytest.mark.parametrize("name", TAMPERINGS)
def test_an_edit_to_what_can_be_recomputed_is_refused(data, name, monkeypatch, repeated):
    monkeypatch.setattr("derivations.certificate.verifying.make", repeated)
    before = copy.deepcopy(data)
    TAMPERINGS[name](data)
    assert data != before, "the tampering changes nothing"
    verdict = check(data)
    assert verdict.reasons
    assert not verdict.accepted


def test_the_reason_says_where_and_what(data):
    entry(data)["evidence"][0]["cases"] += 7
    (reason,) = check(data).reasons
    assert "evidence" in reason
    assert str(entry(data)["evidence"][0]["cases"]) in reason
    assert entry(data)["id"] in reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"_type": 1, "_type": 2}',
        '{"a": NaN}',
        "[" * 100_000,
    ],
)
def test_what_is_no_certificate_is_refused(text):
    assert not verify(text).accepted


def test_a_field_twice_is_refused(data):
    text = json.dumps(data)
    doubled = text.replace('"result": "', '"result": "FAILED", "result": "', 1)
    assert doubled != text
    assert "twice" in verify(doubled).reasons[0]


def test_other_versions_are_accepted_only_when_told(data):
    data["predicate"]["colrow"]["versions"]["numpy"] = "9.9"
    assert "numpy 9.9" in check(data).reasons[0]
    verdict = verify(json.dumps(data), other_versions=True)
    assert verdict.accepted
    assert "numpy 9.9" in verdict.notes[0]


# --- sources and faults ---


def copied(tmp_path, package, old="", new=""):
    name = f"copied_{package}_{tmp_path.name.replace('-', '_')}"
    shutil.copytree(ROOT / package, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    if old:
        (source,) = [path for path in (tmp_path / name).glob("*.py") if old in path.read_text()]
        source.write_text(source.read_text().replace(old, new))
    return name


FAULT = ("return g.sum(axis=EXAMPLES, keepdims=True)", "return g.sum(axis=FEATURES, keepdims=True)")


@pytest.mark.parametrize(("side", "package"), [("column", "colnet"), ("row", "rownet")])
def test_a_fault_makes_the_claim_failed(tmp_path, monkeypatch, side, package):
    monkeypatch.syspath_prepend(tmp_path)
    name = copied(tmp_path, package, *FAULT)
    file = tmp_path / "certificate.json"
    done = invoke("certify", "-o", file, "--claim", CLAIM, f"--{side}", name, "--jobs", 1)
    assert done.exit_code == 1
    assert f"failed: claim {CLAIM} [{side}]" in done.output
    found = Certificate.model_validate_json(file.read_text())
    assert found.predicate.result == "FAILED"
    status = {(record.id, record.convention): record.status for record in found.predicate.colrow.claims}
    assert status[CLAIM, side] == "failed"
    assert [key for key, one in status.items() if one == "failed"] == [(CLAIM, side)]
    # It is true, but tells of a failure; and no edit makes it pass.
    assert invoke("verify", file, f"--{side}", name, "--jobs", 1).exit_code == 3
    file.write_text(file.read_text().replace('"failed"', '"passed"').replace('"FAILED"', '"PASSED"'))
    assert invoke("verify", file, f"--{side}", name, "--jobs", 1).exit_code == 1


def test_a_changed_source_is_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    name = copied(tmp_path, "colnet")
    found = make([CLAIM], packages=(name, "rownet"))
    source = tmp_path / name / "_3_dense.py"
    source.write_text(source.read_text() + "\n# changed\n")
    packages = (name, "rownet")
    (reason,) = verify(json.dumps(found.data()), packages=packages).reasons
    assert f"source {name}/_3_dense.py" in reason
    (tmp_path / name / "more.py").write_text("")
    assert any(
        "does not list it" in reason for reason in verify(json.dumps(found.data()), packages=packages).reasons
    )
    source.unlink()
    assert any(
        "it is not here" in reason for reason in verify(json.dumps(found.data()), packages=packages).reasons
    )


def test_sources_that_change_during_the_run_are_noticed(monkeypatch):
    seen = digests("colnet", "rownet")
    changing = iter([seen, seen[:-1]])
    monkeypatch.setattr(making, "digests", lambda *packages: next(changing))
    with pytest.raises(SourcesChanged):
        make([CLAIM])


def test_a_package_that_is_gone_is_told(data):
    (configuration,) = data["predicate"]["configuration"]
    configuration["annotations"]["column"] = "no_such_package"
    (reason,) = verify(json.dumps(data), packages=("no_such_package", "rownet")).reasons
    assert "not here" in reason


def test_a_file_does_not_say_what_is_imported(tmp_path, monkeypatch, data):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "uninvited.py").write_text("raise SystemExit('imported')")
    data["predicate"]["configuration"][0]["annotations"]["column"] = "uninvited"
    (reason,) = check(data).reasons
    assert "--column" in reason


# --- files and commands ---


def test_the_commands_agree(tmp_path):
    file = tmp_path / "certificate.json"
    done = invoke("certify", "-o", file, "--claim", "eq17", "--seed", 5, "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "seed 5" in done.output
    done = invoke("verify", file, "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "accepted" in done.output
    assert "only stated, not verified: host" in done.output
    file.write_text(file.read_text().replace('"seed": 5', '"seed": 6'))
    done = invoke("verify", file, "--jobs", 1)
    assert done.exit_code == 1
    assert "refused" in done.output
    assert "sample" in done.output


def test_usage_is_checked_before_anything_runs(tmp_path):
    assert invoke("certify").exit_code == 2
    assert invoke("certify", "-o", tmp_path / "none" / "c.json").exit_code == 2
    assert invoke("certify", "-o", tmp_path).exit_code == 2
    assert invoke("certify", "-o", tmp_path / "c.json", "--claim", "nothing").exit_code == 2
    assert invoke("verify", tmp_path / "absent.json").exit_code == 2
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert invoke("verify", tmp_path / "binary").exit_code == 1
    assert list(tmp_path.glob("*.json")) == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "c.json"
    write_whole(file, "first")
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~_umask()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(file, "second")
    assert file.read_text() == "first"
    assert list(tmp_path.iterdir()) == [file]


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
