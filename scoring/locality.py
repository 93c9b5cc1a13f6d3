"""What a city says of itself (`city.toml`): where to call, what its office is called, what stands where."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scoring.dated import Model, Text

Language = Literal["zh", "en"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Region = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]


class HelpLine(Model):
    """Where a citizen reaches a person: the number, what to ask for, the hours, and where to go instead."""

    number: Annotated[str, Field(pattern=r"^[0-9+][0-9 -]{2,19}$")]
    ask_for: Text
    hours: Text
    counter: Text

    def in_words(self, language: str) -> dict[str, str]:
        """What a sentence about it is filled with."""
        texts = {"ask_for": self.ask_for, "hours": self.hours, "counter": self.counter}
        return {"number": self.number} | {name: text.in_language(language) for name, text in texts.items()}


class Office(Model):
    """The office that answers: it signs letters, and is the contact of a reporting entity.

    `unit` is who decides disputes. `full_names_at_desk` says whether the desk's letters have the full name, as a letter
    by post needs; the citizen's own always have it.
    """

    name: Text
    unit: Text
    address: Text
    full_names_at_desk: bool = True
    phone: Annotated[str, Field(pattern=r"^[0-9+][0-9 -]{2,19}$")]


class Scene(Model):
    """A place where a QR code of the account stands; `text` is what the score opens there."""

    code: Code
    label: Text
    text: Text


class District(Model):
    """A part of the city, whose offices report in the demo."""

    code: Code
    label: Text


class Demo(Model):
    """What the demo makes its people and offices of.

    `region` is the first six digits of made-up ID numbers: one that is assigned to no place. `area_code` begins the
    telephones of its offices. `records` are the rules of what is held about the three people to try: one with a
    history, a newcomer, one with a notice. `source` is the entity whose key is printed.
    """

    region: Region
    area_code: Annotated[str, Field(pattern=r"^0[0-9]{2,3}$")]
    source: str
    records: Annotated[list[list[str]], Field(min_length=3, max_length=3)]
    districts: Annotated[list[District], Field(min_length=1, alias="district")]


class RepairProof(Model):
    """What proves that the demand of a record is met, in an application for its repair, for some rules."""

    rules: Annotated[list[str], Field(min_length=1)]
    proof: Text


class City(Model):
    """A city: everything but how its score is made. Nothing here moves a score, so no digest of a scheme covers it.

    `called` is what people call the score, besides the scheme's name. `languages` are both that the account speaks;
    it begins with the first. `yearly` is how often a person can bring about a record of a rule within a year, where
    that is not once: 0 is what only others award. Advice follows it, the score does not. `repair_proofs` say what proof
    a repair wants; of a rule without one it is what the general demand says.
    """

    name: Text
    called: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    languages: Annotated[list[Language], Field(min_length=2, max_length=2)]
    yearly: dict[str, Annotated[int, Field(ge=0, le=12)]] = Field(default_factory=dict)
    help: HelpLine
    office: Office
    scenes: Annotated[tuple[Scene, ...], Field(alias="scene")] = ()
    repair_proofs: Annotated[tuple[RepairProof, ...], Field(alias="repair_proof")] = ()
    demo: Demo

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        given: dict[str, list[str]] = {
            "languages": list(self.languages),
            "scene": [scene.code for scene in self.scenes],
            "repair_proof": [rule for one in self.repair_proofs for rule in one.rules],
            "demo.district": [district.code for district in self.demo.districts],
        }
        for place, codes in given.items():
            if twice := [code for code, count in Counter(codes).items() if count > 1]:
                raise ValueError(f"{place}: {', '.join(twice)} is there twice; give each its own")
        return self

    def repair_proof_of(self, rule: str) -> Text | None:
        """What proof the repair of a record of a rule wants; None where the city says nothing of its own."""
        return next((one.proof for one in self.repair_proofs if rule in one.rules), None)

    def scene_at(self, code: str) -> Scene | None:
        """The scene of a code; None where none stands there."""
        return next((scene for scene in self.scenes if scene.code == code), None)
