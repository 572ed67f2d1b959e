"""The form of a certificate: an in-toto Statement v1 with the test-result predicate, and what Colrow adds to it.

The predicate's own fields say what they always say; `colrow` is an extension field, as in-toto provides for.
All is recomputed by `verify` but `colrow.stated`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

from ..errata.erratum import Kind
from ..evidence import Level, Outcome, Status

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
DRAFT = "http://json-schema.org/draft-07/schema#"

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="A SHA-256 in hexadecimal digits.")]
Count = Annotated[int, Field(ge=0)]
Convention = Literal["column", "row"]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True
    )


class Digest(_Part):
    """Digests of one file."""

    sha256: Sha256


class Source(_Part):
    """A source file that was checked, or that did the checking."""

    name: Annotated[str, Field(min_length=1, description="Path from the directory that holds the package.")]
    digest: Digest


class Settings(_Part):
    """What was asked for; with it, the run can be repeated."""

    seed: Annotated[int, Field(description="For everything that was drawn.")]
    column: Annotated[str, Field(description="Package of the column convention.")]
    row: Annotated[str, Field(description="Package of the row convention.")]
    claims: Annotated[list[str], Field(min_length=1, description="Claims that were asked for, by id.")]
    restricted: Annotated[bool, Field(description="Whether some claims were left out.")]


class Configuration(_Part):
    """A resource descriptor of the settings; the digest is of the annotations as canonical JSON."""

    name: Literal["colrow certify"]
    digest: Digest
    media_type: Literal["application/json"] = "application/json"
    annotations: Settings


class Versions(_Part):
    """With what the run was made; `verify` demands the same, or is told to allow others."""

    colrow: str
    python: str
    implementation: str
    numpy: str
    sympy: str
    mpmath: str
    blas: str
    system: str
    machine: str


class Check(_Part):
    """One part of a claim at one level."""

    part: str
    level: Level
    outcome: Outcome
    cases: Annotated[Count, Field(description="Entries compared, or arrays proved.")]
    detail: str
    premises: list[str]


class ClaimRecord(_Part):
    """A claim in one convention."""

    id: str
    title: str
    place: Annotated[str, Field(description="Where it stands in the paper.")]
    convention: Convention
    package: str
    asked: Annotated[bool, Field(description="Asked for; otherwise run because another claim uses it.")]
    required: Level
    level: Level | None
    status: Status
    cases: Annotated[Count, Field(description="Of all checks that passed.")]
    uses: list[str]
    errata: list[str]
    sample: Annotated[
        Sha256, Field(description="Of what the package returned for numbers that were drawn with the seed.")
    ]
    evidence: list[Check]


class ErratumRecord(_Part):
    """An erratum: its printed form refuted, its corrected form proved, or not."""

    id: str
    kind: Kind
    title: str
    status: Literal["shown", "right as printed", "failed"]
    refuted_by: str | None
    proved_by: str | None
    cases: Count
    claims: list[str]
    detail: str


class NotRun(_Part):
    """Something that was not run, and why."""

    what: str
    why: str


class Stated(_Part):
    """What cannot be recomputed. It is stated by whoever made the certificate, and nothing vouches for it."""

    started_at: Annotated[
        str,
        Field(
            pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", description="When the run began (RFC 3339, UTC)."
        ),
    ]
    seconds: Annotated[float, Field(ge=0)]
    host: str


class Record(_Part):
    """What Colrow adds to a test result."""

    schema_version: Literal[1] = 1
    versions: Versions
    claims: list[ClaimRecord]
    errata: list[ErratumRecord]
    not_run: list[NotRun]
    stated: Stated


Result = Literal["PASSED", "WARNED", "FAILED"]


class Predicate(_Part):
    """A test result."""

    result: Annotated[
        Result,
        Field(
            description="WARNED: all checks passed, but some claim stands below the level that it requires."
        ),
    ]
    configuration: Annotated[list[Configuration], Field(min_length=1, max_length=1)]
    passed_tests: list[str]
    warned_tests: list[str]
    failed_tests: list[str]
    colrow: Record


class Certificate(_Part):
    """An in-toto Statement about the sources."""

    type_: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT
    subject: Annotated[list[Source], Field(min_length=1)]
    predicate_type: Literal["https://in-toto.io/attestation/test-result/v0.1"] = PREDICATE
    predicate: Predicate

    def data(self) -> dict[str, Any]:
        """Give the certificate as plain data, by the names that it has in JSON."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def settings(self) -> Settings:
        """What was asked for."""
        return self.predicate.configuration[0].annotations


class _Draft7(GenerateJsonSchema):
    schema_dialect = DRAFT


def schema() -> dict[str, Any]:
    """Make the JSON Schema of certificates, in the draft that most validators know."""
    found = Certificate.model_json_schema(
        by_alias=True,
        ref_template="#/definitions/{model}",
        schema_generator=_Draft7,
        mode="serialization",
    )
    found["definitions"] = found.pop("$defs")
    return {"$schema": DRAFT, **found}
